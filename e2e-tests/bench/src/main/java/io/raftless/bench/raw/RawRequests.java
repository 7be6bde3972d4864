package io.raftless.bench.raw;

import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;

/** Requests for objects, and nothing of a log. */
public interface RawRequests {
  /**
   * Creates an object.
   *
   * @throws RuntimeException if that did not work
   */
  void put(String key, byte[] body);

  /**
   * Reads a range, into an array of its own.
   *
   * @throws RuntimeException if that did not work, or it has another length
   */
  ByteBuffer get(String key, long offset, int length);

  /**
   * Does something so many times, as many at once as there may be.
   *
   * @throws ExecutionException if one of them failed
   */
  void each(int times, IntConsumer action) throws InterruptedException, ExecutionException;
}
