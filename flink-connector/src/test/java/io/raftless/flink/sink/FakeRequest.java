package io.raftless.flink.sink;

import org.apache.flink.api.connector.sink2.Committer.CommitRequest;

/** A commit request that only says whether it was already committed. */
final class FakeRequest implements CommitRequest<StagedObject> {
  private final StagedObject object;
  private boolean alreadyCommitted;

  FakeRequest(StagedObject object) {
    this.object = object;
  }

  boolean alreadyCommitted() {
    return alreadyCommitted;
  }

  @Override
  public StagedObject getCommittable() {
    return object;
  }

  @Override
  public int getNumberOfRetries() {
    return 0;
  }

  @Override
  public void signalAlreadyCommitted() {
    alreadyCommitted = true;
  }

  @Override
  public void signalFailedWithKnownReason(Throwable reason) {
    throw new AssertionError("this drops the data", reason);
  }

  @Override
  public void signalFailedWithUnknownReason(Throwable reason) {
    throw new AssertionError("the committer throws instead", reason);
  }

  @Override
  public void retryLater() {
    throw new AssertionError("the committer tries again by itself");
  }

  @Override
  public void updateAndRetryLater(StagedObject changed) {
    throw new AssertionError("the committer tries again by itself");
  }
}
