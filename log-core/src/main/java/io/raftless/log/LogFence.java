package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.head.ChangeState;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogState;
import io.raftless.head.TakeState;
import java.util.concurrent.CompletableFuture;

/**
 * FenceLog and UnfenceLog over a whole log: {@code log.json} first, the heads second (design §3).
 */
final class LogFence {
  private final RaftlessLog log;
  private final CasCell<LogDescriptor> descriptor;
  private final LogOptions options;

  LogFence(RaftlessLog log, CasCell<LogDescriptor> descriptor, LogOptions options) {
    this.log = log;
    this.descriptor = descriptor;
    this.options = options;
  }

  /** See {@link RaftlessLog#fence}. */
  CompletableFuture<Long> fence(String reason) {
    String what = "fencing log " + log.id();
    return Failures.translated(
        currentState()
            .thenCompose(
                now ->
                    now.status() == LogState.Status.FENCED
                        ? CompletableFuture.completedFuture(now)
                        : changeState(now, LogState.Status.FENCED, reason))
            .thenCompose(this::bringToHeads),
        what);
  }

  /** See {@link RaftlessLog#unfence}. */
  CompletableFuture<Long> unfence(long generation, String reason) {
    String what = "unfencing log " + log.id();
    return Failures.translated(
        currentState()
            .thenCompose(
                now -> {
                  boolean isThatFence =
                      now.status() == LogState.Status.FENCED && now.generation() == generation;
                  boolean isDone =
                      now.status() == LogState.Status.OPEN && now.generation() == generation + 1;
                  if (!isThatFence && !isDone) {
                    throw new RaftlessException.Refused(
                        what
                            + ": the fence of generation "
                            + generation
                            + " is not the log's state any more, that is "
                            + now.status()
                            + " of generation "
                            + now.generation()
                            + (now.reason() == null ? "" : " (" + now.reason() + ")"));
                  }
                  return isDone
                      ? CompletableFuture.completedFuture(now)
                      : changeState(now, LogState.Status.OPEN, reason);
                })
            .thenCompose(this::bringToHeads),
        what);
  }

  private CompletableFuture<LogState> currentState() {
    return descriptor
        .read()
        .thenApply(
            snapshot -> {
              LogDescriptor now = snapshot.state();
              if (now.state().status() == LogState.Status.DELETED
                  || !now.incarnation().equals(log.incarnation())) {
                throw new RaftlessException.LogNotFound("log " + log.id() + " was deleted");
              }
              return now.state();
            });
  }

  private CompletableFuture<Long> bringToHeads(LogState state) {
    return log.onAllPartitions(
            partition ->
                partition
                    .update(new TakeState(state))
                    .thenAccept(taken -> requireTaken(state, taken)))
        .thenApply(unused -> state.generation());
  }

  private CompletableFuture<LogState> changeState(
      LogState from, LogState.Status to, String reason) {
    return descriptor
        .update(new ChangeState(log.incarnation(), from, to, reason), options.commitTimeout())
        .thenApply(
            outcome -> {
              if (outcome instanceof ChangeState.Outcome.Changed changed) {
                return changed.state();
              }
              if (outcome instanceof ChangeState.Outcome.Overtaken overtaken
                  && overtaken.state().status() == to) {
                return overtaken.state();
              }
              throw new RaftlessException.Refused(
                  "log "
                      + log.id()
                      + " was changed by somebody else at the same time; look at it, then decide"
                      + " again");
            });
  }

  private void requireTaken(LogState wanted, LogState taken) {
    if (taken.status() != wanted.status()) {
      throw new RaftlessException.Refused(
          "log "
              + log.id()
              + " was changed to "
              + taken.status()
              + " (generation "
              + taken.generation()
              + ") by somebody else in the meantime");
    }
  }
}
