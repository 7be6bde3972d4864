package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;
import io.raftless.log.RaftlessException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What a failed acquire or commit means to the job. There are three answers, and dropping the data
 * ({@code signalFailedWithKnownReason}) is none of them:
 *
 * <ul>
 *   <li>try again: the store does not answer, and repeating an acquire or a commit is harmless;
 *   <li>fail over: the job restarts and commits the same batches from its checkpoint, by label. A
 *       fenced log is of this kind: whoever fenced it can unfence it, and the job then goes on by
 *       itself; until then it writes nothing;
 *   <li>stop for good: no restart could ever succeed.
 * </ul>
 */
final class CommitFailure {
  private final SinkSettings<?> settings;
  private final Throwable cause;

  private CommitFailure(SinkSettings<?> settings, Throwable cause) {
    this.settings = settings;
    this.cause = cause;
  }

  static CommitFailure of(SinkSettings<?> settings, Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new CommitFailure(settings, cause);
  }

  boolean mayBeTriedAgain() {
    return cause instanceof RaftlessException.UnknownOutcome
        || cause instanceof RaftlessException.Failed;
  }

  /** What to throw, if it is not tried again. */
  IOException toException(String action) {
    String what = "log " + settings.log() + ", sink id '" + settings.sinkId() + "': ";
    if (cause instanceof RaftlessException.WriterFenced fenced) {
      return fenced
          .holder()
          .<IOException>map(holder -> superseded(what, holder))
          .orElseGet(
              () ->
                  new IOException(
                      what
                          + "somebody released the sink id; the job acquires it again when it"
                          + " restarts",
                      cause));
    }
    if (cause instanceof RaftlessException.OtherIncarnation) {
      return otherIncarnation(settings, cause);
    }
    if (cause instanceof RaftlessException.StagedBatchExpired) {
      return new UnrecoverableException(
          what
              + "the restored checkpoint or savepoint is older than the log's vacuum retention:"
              + " nobody can tell any more whether its last batches are in the log. Compare the log"
              + " with the input, and start from a younger savepoint",
          cause);
    }
    if (cause instanceof RaftlessException.LogNotFound) {
      return new UnrecoverableException(what + "the log does not exist any more", cause);
    }
    if (cause instanceof RaftlessException.Refused) {
      return new UnrecoverableException(what + "the log refuses to " + action, cause);
    }
    if (cause instanceof RaftlessException.LogFenced) {
      return new IOException(
          what + "somebody fenced the log; the job goes on once it is unfenced", cause);
    }
    return new IOException(
        what + "could not " + action + " within " + settings.commitTimeout(), cause);
  }

  private IOException superseded(String what, String holder) {
    if (Submission.isOf(settings.submissionId(), holder)) {
      return new SupersededBySelfException(
          what
              + "another committer of this submission has taken over, as it does when the input of"
              + " a batch job is committed again. If no batch job runs: build a sink for each job",
          cause);
    }
    return new SinkFencedException(
        what
            + "another job has taken over this sink id: "
            + Submission.describe(holder)
            + ". So this one ("
            + Submission.describe(settings.submissionId())
            + ") stops for good. If two jobs are to write this log, give each its own sink id; if"
            + " this job is to take over again, submit it again from its last savepoint or"
            + " checkpoint",
        cause);
  }

  /** The job's state belongs to a log that is not there any more. */
  static IOException otherIncarnation(SinkSettings<?> settings, @Nullable Throwable cause) {
    return new UnrecoverableException(
        "log "
            + settings.log()
            + ", sink id '"
            + settings.sinkId()
            + "': the job was restored with batches of a log that was deleted since, or has another"
            + " name; they cannot be written to the log of now. Start without this state, or point"
            + " the sink to the log that the state belongs to",
        cause);
  }
}
