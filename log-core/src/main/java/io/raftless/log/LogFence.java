package io.raftless.log;

import io.raftless.head.ChangeState;
import io.raftless.head.LogChange;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogState;
import io.raftless.head.TakeState;
import io.raftless.id.LabelSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * FenceLog and UnfenceLog over a whole log: {@code log.json} first, the heads second (design §3).
 * The heads are those that the {@code log.json} names which was changed, not those that this handle
 * knew: *because* partitions may have been added since, and those added later are created from what
 * was changed.
 */
final class LogFence {
  /** Each time somebody else changed the state in between; more is a quarrel. */
  private static final int MOST_ATTEMPTS = 10;

  private final RaftlessLog log;
  private final CurrentLog current;
  private final LabelSource labels;

  LogFence(RaftlessLog log, CurrentLog current, LabelSource labels) {
    this.log = log;
    this.current = current;
    this.labels = labels;
  }

  /** A state that is in {@code log.json}, and the partitions it is to be brought to. */
  private record Decided(LogState state, int partitions) {}

  /** See {@link RaftlessLog#fence}. */
  CompletableFuture<Long> fence(String reason) {
    return Failures.translated(
        decideFence(reason, 1).thenCompose(this::bringToHeads), "fencing log " + log.id());
  }

  private CompletableFuture<Decided> decideFence(String reason, int attempt) {
    return current
        .refresh()
        .thenCompose(now -> changeState(now, LogState.Status.FENCED, reason))
        .thenCompose(
            decided -> {
              if (decided.isPresent()) {
                return CompletableFuture.completedFuture(decided.get());
              }
              if (attempt == MOST_ATTEMPTS) {
                throw new RaftlessException.Refused(
                    "log "
                        + log.id()
                        + " is fenced and unfenced by somebody else all the time: find out who");
              }
              return decideFence(reason, attempt + 1);
            });
  }

  /** See {@link RaftlessLog#unfence}. */
  CompletableFuture<Long> unfence(long generation, String reason) {
    return Failures.translated(
        decideUnfence(generation, reason, 1).thenCompose(this::bringToHeads),
        "unfencing log " + log.id());
  }

  private CompletableFuture<Decided> decideUnfence(long generation, String reason, int attempt) {
    return current
        .refresh()
        .thenCompose(
            now -> {
              LogState state = now.state();
              if (state.status() == LogState.Status.OPEN && state.generation() == generation + 1) {
                return CompletableFuture.completedFuture(new Decided(state, now.partitions()));
              }
              if (state.status() != LogState.Status.FENCED
                  || state.generation() != generation
                  || attempt == MOST_ATTEMPTS) {
                throw notThatFence(generation, state);
              }
              return changeState(now, LogState.Status.OPEN, reason)
                  .thenCompose(
                      decided ->
                          decided
                              .map(CompletableFuture::completedFuture)
                              .orElseGet(() -> decideUnfence(generation, reason, attempt + 1)));
            });
  }

  private RaftlessException notThatFence(long generation, LogState now) {
    return new RaftlessException.Refused(
        "unfencing log "
            + log.id()
            + ": the fence of generation "
            + generation
            + " is not the log's state any more, that is "
            + now.status()
            + " of generation "
            + now.generation()
            + CurrentLog.reason(now));
  }

  /** Empty if somebody else changed the state since it was read. */
  private CompletableFuture<Optional<Decided>> changeState(
      LogDescriptor from, LogState.Status to, String reason) {
    ChangeState change =
        new ChangeState(from.incarnation(), from.state(), to, reason, labels.next(from.horizon()));
    return current
        .change(change)
        .thenApply(
            outcome ->
                outcome instanceof LogChange.Done done
                    ? Optional.of(
                        new Decided(from.state().changedTo(to, reason), done.log().partitions()))
                    : Optional.empty());
  }

  private CompletableFuture<Long> bringToHeads(Decided decided) {
    return log.onPartitions(
            0,
            decided.partitions(),
            partition ->
                partition
                    .update(new TakeState(decided.state()))
                    .thenAccept(taken -> requireTaken(decided.state(), taken)))
        .thenApply(unused -> decided.state().generation());
  }

  private void requireTaken(LogState wanted, LogState taken) {
    if (taken.status() == LogState.Status.DELETED) {
      throw new RaftlessException.LogNotFound(
          "log " + log.id() + " was deleted" + CurrentLog.reason(taken));
    }
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
