package io.raftless.flink.sink;

import java.io.IOException;

/**
 * Another committer of the same submission has acquired since, to commit a whole input. The one
 * that hears this is a zombie, or is about to be started again; the job is not to be stopped.
 */
final class SupersededBySelfException extends IOException {
  private static final long serialVersionUID = 1L;

  SupersededBySelfException(String message, Throwable cause) {
    super(message, cause);
  }
}
