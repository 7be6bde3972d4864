package io.raftless.sim;

import io.raftless.log.LogWriter;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Hears what the journal does not have: which update a request is of, which request a record is of.
 * Whoever listens changes nothing.
 */
interface Recorder {

  /** Nobody listens. */
  Recorder NOBODY = new Recorder() {};

  /**
   * A machine has sent a request.
   *
   * @return the future that the code under test gets, which is answered as that of the request
   */
  default <T> CompletableFuture<T> sent(StoreRequest<T> request) {
    return request.future();
  }

  /** A client has handed over records, as one or as a part of a batch. */
  default void appended(Machine machine, LogWriter writer, List<String> texts) {}

  /** A client will close a writer without waiting. */
  default void givesUp(Machine machine, LogWriter writer) {}

  /** It has. */
  default void gaveUp() {}
}
