package io.raftless.flink.source;

import io.raftless.flink.UnrecoverableException;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a failure of the log means to the job: it fails over, or it stops for good. */
final class SourceFailure {
  private SourceFailure() {}

  static IOException toException(LogId log, RuntimeException thrown) {
    return toException("log " + log, thrown);
  }

  /** The same of what is not one log. */
  static IOException toException(String what, RuntimeException thrown) {
    Throwable cause = cause(thrown);
    if (cause instanceof RaftlessException.LogNotFound) {
      return new UnrecoverableException(
          what
              + " does not exist (any more): check its name and prefix; if it may be deleted while the"
              + " job runs, build the source with setOnRemoved(OnRemoved.IGNORE)",
          cause);
    }
    if (cause instanceof RaftlessException.OffsetOutOfRange) {
      return new UnrecoverableException(
          what
              + ": records that were to be read are not there. "
              + cause.getMessage()
              + ". If they were trimmed and may be skipped, build the source with"
              + " setReaderOptions(...) and OnTrimmed.EARLIEST; otherwise choose another start"
              + " position",
          cause);
    }
    if (cause instanceof IllegalArgumentException
        || (cause instanceof StoreException store && store.isUnsafe())) {
      return new UnrecoverableException(
          what + " cannot be read as configured: " + cause.getMessage(), cause);
    }
    return new IOException(what + " cannot be read", cause);
  }

  /** Without what futures wrap it in. */
  static Throwable cause(RuntimeException thrown) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Whether the log that was read is no more. */
  static boolean isRemoved(RuntimeException thrown) {
    Throwable cause = cause(thrown);
    return cause instanceof RaftlessException.LogNotFound
        || cause instanceof RaftlessException.OtherIncarnation;
  }

  /** There is no such log when the job starts. */
  static UnrecoverableException notFound(LogId log) {
    return new UnrecoverableException(
        "log " + log + " does not exist: check its name and prefix, and create it before the job");
  }

  /**
   * The log is not the one whose splits the job has.
   *
   * @param found what is there now; null if nothing is
   */
  static UnrecoverableException removed(
      LogId log, Incarnation wanted, @Nullable Incarnation found) {
    return new UnrecoverableException(
        "log "
            + log
            + (found == null
                ? " was deleted while the job had more to read of it, which is incarnation "
                    + wanted
                    + ". "
                : " was deleted and created again: the job reads incarnation "
                    + wanted
                    + ", the log is incarnation "
                    + found
                    + ". Offsets of the old log mean nothing in the new one. ")
            + "Start the source without state, or under a new uid; or build it with"
            + " setOnRemoved(OnRemoved.IGNORE), which gives up what was not read");
  }
}
