package io.raftless.log;

import io.raftless.cas.UpdateException;
import io.raftless.format.DamagedException;
import io.raftless.format.FormatException;
import io.raftless.head.AppendOutcome;
import io.raftless.head.LogState;
import io.raftless.runtime.Waiting;
import io.raftless.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Turns what the layers below say into what users can act on. */
final class Failures {
  private Failures() {}

  /** The same future, failing with {@link RaftlessException} only. */
  static <T> CompletableFuture<T> translated(CompletableFuture<T> future, String what) {
    return future.exceptionally(
        trouble -> {
          throw translate(trouble, what);
        });
  }

  /** Waits, and throws what the future failed with. */
  static <T> T join(CompletableFuture<T> future, String what) {
    try {
      return Waiting.join(future);
    } catch (CompletionException e) {
      throw translate(e, what);
    }
  }

  static RuntimeException translate(Throwable trouble, String what) {
    Throwable cause = trouble;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof RaftlessException known) {
      return known;
    }
    if (cause instanceof UpdateException update) {
      return update.isUnknown()
          ? new RaftlessException.UnknownOutcome(
              what + ": nobody can tell whether it happened: " + cause.getMessage(), cause)
          : new RaftlessException.Failed(what + " did not happen: " + cause.getMessage(), cause);
    }
    if (cause instanceof DamagedException damaged) {
      return new RaftlessException.Corrupted(damaged);
    }
    if (cause instanceof FormatException) {
      return new RaftlessException.Corrupted(what + ": " + cause.getMessage(), cause);
    }
    if (cause instanceof StoreException) {
      return new RaftlessException.Failed(what + " did not happen: " + cause.getMessage(), cause);
    }
    return cause instanceof IllegalArgumentException || cause instanceof IllegalStateException
        ? (RuntimeException) cause
        : new RaftlessException.Failed(what + " did not happen: " + cause, cause);
  }

  /**
   * What becomes of a request whose stream failed before it was tried. A writer that was fenced is
   * fenced for all of them: they carry its writer id and its epoch, and epochs do not come back.
   */
  static RaftlessException afterEarlier(@Nullable Throwable first) {
    if (first instanceof RaftlessException.WriterFenced fenced) {
      return fenced;
    }
    return new RaftlessException.EarlierRequestFailed(
        "not appended, because an earlier request of this writer failed"
            + (first == null ? "" : ": " + first.getMessage()),
        first == null ? new IllegalStateException("the writer went on") : first);
  }

  /** What a rejected append means for its caller. */
  static RaftlessException rejected(
      AppendOutcome.Rejected rejection, String where, boolean isStaged) {
    if (rejection instanceof AppendOutcome.LogNotOpen closed) {
      LogState state = closed.state();
      if (state.status() == LogState.Status.DELETED) {
        return new RaftlessException.LogNotFound(
            where + " takes no appends: the log was deleted" + CurrentLog.reason(state));
      }
      return new RaftlessException.LogFenced(
          where
              + " takes no appends: the log is "
              + state.status()
              + " since generation "
              + state.generation()
              + CurrentLog.reason(state)
              + "; unfence it to go on");
    }
    if (rejection instanceof AppendOutcome.FencedOff fenced) {
      return new RaftlessException.WriterFenced(
          where
              + ": the writer id was acquired by holder '"
              + fenced.holder()
              + "' with epoch "
              + fenced.epoch()
              + "; this one must stop",
          fenced.holder(),
          fenced.epoch());
    }
    if (rejection instanceof AppendOutcome.UnknownWriter) {
      return new RaftlessException.WriterFenced(
          where + " does not know the writer id: it was released; acquire it again");
    }
    if (rejection instanceof AppendOutcome.WrongOffset wrong) {
      return new RaftlessException.OffsetMismatch(
          where + ": the next offset is " + wrong.nextOffset() + ", not the expected one");
    }
    if (rejection instanceof AppendOutcome.NoRoom full) {
      return new RaftlessException.Refused(
          where
              + " has no room for this position: the writers would take "
              + full.bytes()
              + " bytes; store less, or release writer ids that are not used any more");
    }
    if (rejection instanceof AppendOutcome.Expired expired) {
      return expired(expired, where, isStaged);
    }
    return new RaftlessException.EarlierRequestFailed(
        where + ": an earlier request of the same writer was rejected",
        new IllegalStateException("rejected"));
  }

  private static RaftlessException expired(
      AppendOutcome.Expired expired, String where, boolean isStaged) {
    String batch =
        where
            + ": batch "
            + expired.label()
            + " is older than the vacuum horizon "
            + expired.horizon();
    if (isStaged) {
      return new RaftlessException.StagedBatchExpired(
          batch
              + " and not in the index, so nobody can tell whether it was committed. Restore a"
              + " younger checkpoint, or read the log to see whether the records are there");
    }
    if (expired.isAbsent()) {
      return new RaftlessException.Failed(
          batch
              + ", so its data may be deleted already. It was never appended: append the records"
              + " again, and look why this process needed so long (retention of vacuum, clocks)",
          new IllegalStateException("label below the horizon before the first attempt"));
    }
    return new RaftlessException.UnknownOutcome(
        batch
            + " and not in the index, so nobody can tell whether it was appended. Read the log to"
            + " see whether the records are there",
        new IllegalStateException("label below the horizon"));
  }
}
