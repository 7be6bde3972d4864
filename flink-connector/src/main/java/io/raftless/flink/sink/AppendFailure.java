package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import java.io.IOException;

/** What a failed append means to a job whose sink appends directly. */
final class AppendFailure {
  private AppendFailure() {}

  /** Whether no later append can succeed either, whatever is done. */
  static boolean isForGood(Throwable cause) {
    return cause instanceof RaftlessException.LogNotFound
        || cause instanceof RaftlessException.OtherIncarnation;
  }

  /** What to throw, if the job is to fail. */
  static IOException toException(LogId log, Throwable cause) {
    String what = "log " + log + ": ";
    if (isForGood(cause)) {
      return new UnrecoverableException(
          what
              + "it was deleted while the job wrote to it. Start the job anew, or point it to"
              + " another log",
          cause);
    }
    if (cause instanceof RaftlessException.LogFenced) {
      return new IOException(
          what + "somebody fenced the log; the job goes on once it is unfenced", cause);
    }
    if (cause instanceof RaftlessException.UnknownOutcome) {
      return new IOException(
          what
              + "nobody can tell whether the last records are in the log; the job restarts and"
              + " writes them again, so that some may be there twice",
          cause);
    }
    return new IOException(
        what + "records could not be appended; the job restarts and writes them again", cause);
  }
}
