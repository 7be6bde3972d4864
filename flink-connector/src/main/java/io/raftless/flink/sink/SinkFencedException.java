package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;

/**
 * Another job has taken over the sink id, so this one must never commit again. It is not restarted:
 * two jobs of one sink id that restart in turn would fence each other for ever (design §10).
 */
public final class SinkFencedException extends UnrecoverableException {
  private static final long serialVersionUID = 1L;

  SinkFencedException(String message, Throwable cause) {
    super(message, cause);
  }
}
