package io.raftless.flink.source;

import io.raftless.flink.UnrecoverableException;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.util.concurrent.CompletionException;

/** What a failure of the log means to the job: it fails over, or it stops for good. */
final class SourceFailure {
  private SourceFailure() {}

  static IOException toException(LogId log, RuntimeException thrown) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof RaftlessException.LogNotFound) {
      return new UnrecoverableException(
          "log " + log + " does not exist (any more): check its name and prefix", cause);
    }
    if (cause instanceof RaftlessException.OffsetOutOfRange) {
      return new UnrecoverableException(
          "log "
              + log
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
          "log " + log + " cannot be read as configured: " + cause.getMessage(), cause);
    }
    return new IOException("log " + log + " cannot be read", cause);
  }

  /** The log is not the one whose splits are in the checkpoint. */
  static UnrecoverableException otherIncarnation(LogId log, Object wanted, Object found) {
    return new UnrecoverableException(
        "log "
            + log
            + " was deleted and created again since the job's checkpoint or savepoint: the state"
            + " belongs to incarnation "
            + wanted
            + ", the log is incarnation "
            + found
            + ". Its offsets mean nothing in the new log; start the source without state, or under"
            + " a new uid");
  }
}
