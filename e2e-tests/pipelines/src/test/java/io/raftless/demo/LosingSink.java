package io.raftless.demo;

import io.raftless.demo.failure.FailingSink;
import io.raftless.demo.input.NumberedLine;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;

/** Takes for granted that what a restored checkpoint holds was committed before the failure. */
final class LosingSink<W, C> extends ForwardingSink<W, C> {
  private static final long serialVersionUID = 1L;

  LosingSink(FailingSink<NumberedLine, ?, W, C> sink) {
    super(sink);
  }

  @Override
  public Committer<C> createCommitter(CommitterInitContext context) throws IOException {
    Committer<C> committer = super.createCommitter(context);
    return context.getRestoredCheckpointId().isPresent()
        ? new ForgetfulCommitter<>(committer)
        : committer;
  }

  @SuppressWarnings("try") // That close() throws anything is how Flink has it.
  private static final class ForgetfulCommitter<C> implements Committer<C> {
    private final Committer<C> delegate;
    private boolean hasForgotten;

    ForgetfulCommitter(Committer<C> delegate) {
      this.delegate = delegate;
    }

    @Override
    public void commit(Collection<CommitRequest<C>> requests)
        throws IOException, InterruptedException {
      if (hasForgotten) {
        delegate.commit(requests);
      }
      hasForgotten = true;
    }

    @Override
    public void close() throws Exception {
      delegate.close();
    }
  }
}
