package io.raftless.demo.failure;

import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;

/** A committer that dies before it has committed anything, or half way, when the plan says so. */
@SuppressWarnings("try") // That close() throws anything is how Flink has it.
final class FailingCommitter<C> implements Committer<C> {
  private final Committer<C> delegate;
  private final FailurePlan plan;
  private final int headsBeforeDeath;

  FailingCommitter(Committer<C> delegate, FailurePlan plan, int headsBeforeDeath) {
    this.delegate = delegate;
    this.plan = plan;
    this.headsBeforeDeath = headsBeforeDeath;
  }

  @Override
  public void commit(Collection<CommitRequest<C>> requests)
      throws IOException, InterruptedException {
    if (!requests.isEmpty() && plan.strikes(FailureKind.COMMIT_NOT_BEGUN)) {
      throw plan.failure(
          "the committer died between pre-commit and commit, with no partition committed");
    }
    if (!requests.isEmpty() && plan.strikes(FailureKind.COMMIT_HALF_DONE)) {
      commitHalf(requests);
    } else {
      delegate.commit(requests);
    }
  }

  private void commitHalf(Collection<CommitRequest<C>> requests) throws InterruptedException {
    Exception consequence = null;
    plan.headWrites().limitTo(headsBeforeDeath);
    try {
      delegate.commit(requests);
    } catch (IOException | RuntimeException e) {
      consequence = e;
    }
    InjectedFailure failure =
        plan.failure(
            "the committer died between pre-commit and commit, with " + plan.headWrites().lift());
    if (consequence != null) {
      failure.addSuppressed(consequence);
    }
    throw failure;
  }

  @Override
  public void close() throws Exception {
    delegate.close();
  }
}
