package io.raftless.flink.source;

import java.util.concurrent.CompletableFuture;

/** Where the cursors of a group are. Methods may block and throw; one thread owns it. */
interface CursorStore extends AutoCloseable {

  /** The generation of a cursor, 0 if there never was one. */
  CompletableFuture<Long> generation(LogCreation log, int partition);

  /**
   * Moves a cursor to an offset unless it is there or beyond.
   *
   * @return false if somebody has reset it since the generation was read
   */
  CompletableFuture<Boolean> advance(LogCreation log, int partition, long generation, long to);

  @Override
  void close();
}
