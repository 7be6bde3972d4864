package io.raftless.bench.raw;

import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;

/** A store as the log sees it, and nothing of the log. Its threads mostly wait. */
public final class RawStore implements RawRequests, AutoCloseable {
  private final ObjectStore store;
  private final AtOnce atOnce;

  /**
   * Does not close the store.
   *
   * @param concurrency how many requests are under way at once
   */
  public RawStore(ObjectStore store, int concurrency) {
    this.store = store;
    this.atOnce = new AtOnce(concurrency);
  }

  @Override
  public void put(String key, byte[] body) {
    PutOutcome outcome = store.putIfAbsent(key, ByteBuffer.wrap(body)).join();
    if (!(outcome instanceof PutOutcome.Stored)) {
      throw new IllegalStateException(key + " was not created: " + outcome);
    }
  }

  @Override
  public ByteBuffer get(String key, long offset, int length) {
    GetOutcome outcome = store.getRange(key, offset, length).join();
    if (outcome instanceof GetOutcome.Found found && found.body().remaining() == length) {
      return found.body();
    }
    throw new IllegalStateException(key + " does not have the range: " + outcome);
  }

  @Override
  public void each(int times, IntConsumer action) throws InterruptedException, ExecutionException {
    atOnce.each(times, action);
  }

  @Override
  public void close() {
    atOnce.close();
  }
}
