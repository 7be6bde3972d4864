package io.raftless.demo;

import io.raftless.demo.failure.FailingSink;
import io.raftless.demo.input.NumberedLine;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Writes each hundredth line a second time. */
final class DoublingSink<W, C> extends ForwardingSink<W, C> {
  private static final long serialVersionUID = 1L;
  private static final long EVERY = 100;

  DoublingSink(FailingSink<NumberedLine, ?, W, C> sink) {
    super(sink);
  }

  @Override
  public CommittingSinkWriter<NumberedLine, W> createWriter(WriterInitContext context)
      throws IOException {
    return new StutteringWriter<>(super.createWriter(context));
  }

  @SuppressWarnings("try") // That close() throws anything is how Flink has it.
  private static final class StutteringWriter<W> implements CommittingSinkWriter<NumberedLine, W> {
    private final CommittingSinkWriter<NumberedLine, W> delegate;

    StutteringWriter(CommittingSinkWriter<NumberedLine, W> delegate) {
      this.delegate = delegate;
    }

    @Override
    public void write(NumberedLine line, Context context) throws IOException, InterruptedException {
      delegate.write(line, context);
      if (line.number % EVERY == 0) {
        delegate.write(line, context);
      }
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
      delegate.flush(endOfInput);
    }

    @Override
    public Collection<W> prepareCommit() throws IOException, InterruptedException {
      return delegate.prepareCommit();
    }

    @Override
    public void close() throws Exception {
      delegate.close();
    }
  }
}
