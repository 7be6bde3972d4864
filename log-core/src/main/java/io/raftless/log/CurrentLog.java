package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.head.Head;
import io.raftless.head.LogChange;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogState;
import io.raftless.id.Incarnation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * What an open log knows of its {@code log.json}: always of the incarnation that was opened, never
 * of one that was created after it. Thread-safe.
 */
final class CurrentLog {
  private final LogId id;
  private final CasCell<LogDescriptor> cell;
  private final Duration timeout;

  /**
   * Invariant: its incarnation stays, its version and its partitions never decrease. Guarded by
   * this for writing.
   */
  private volatile LogDescriptor known;

  CurrentLog(LogId id, CasCell<LogDescriptor> cell, Duration timeout, LogDescriptor known) {
    this.id = id;
    this.cell = cell;
    this.timeout = timeout;
    this.known = known;
  }

  /** As last seen, without asking. */
  LogDescriptor known() {
    return known;
  }

  Incarnation incarnation() {
    return known().incarnation();
  }

  /**
   * Reads {@code log.json}. Fails with {@link RaftlessException.LogNotFound} or {@link
   * RaftlessException.OtherIncarnation} if the log that was opened is no more.
   */
  CompletableFuture<LogDescriptor> refresh() {
    return cell.read().thenApply(snapshot -> learn(snapshot.state()));
  }

  private synchronized LogDescriptor learn(LogDescriptor now) {
    requireSame(now);
    if (now.version() > known.version()) {
      known = now;
    }
    return known;
  }

  private void requireSame(LogDescriptor now) {
    if (!now.incarnation().equals(incarnation())) {
      throw new RaftlessException.OtherIncarnation(
          "log "
              + id
              + " was deleted and created again: incarnation "
              + incarnation()
              + " is no more, now it is "
              + now.incarnation()
              + ". Open it anew, and start without state of the old one");
    }
    requireExisting(id, now);
  }

  static void requireExisting(LogId id, LogDescriptor now) {
    if (now.state().status() == LogState.Status.DELETED) {
      throw new RaftlessException.LogNotFound("log " + id + " was deleted" + reason(now.state()));
    }
  }

  static String reason(LogState state) {
    return state.reason() == null ? "" : " (" + state.reason() + ")";
  }

  /**
   * Changes {@code log.json}. Completes with {@code Done} or {@code Overtaken}; fails like {@link
   * #refresh} if the log that was opened is no more.
   */
  CompletableFuture<LogChange> change(Transition<LogDescriptor, LogChange> transition) {
    return cell.update(transition, timeout)
        .thenApply(
            change -> {
              if (change instanceof LogChange.Done done) {
                learnFromCell();
                return done;
              }
              if (change instanceof LogChange.Overtaken overtaken) {
                return overtaken;
              }
              if (change instanceof LogChange.Untold) {
                throw new RaftlessException.UnknownOutcome(
                    "log.json of "
                        + id
                        + " was changed so often since that nobody can tell whether this change"
                        + " took effect: look at it, then decide again",
                    new IllegalStateException("not remembered"));
              }
              requireSame(
                  change instanceof LogChange.OtherIncarnation other
                      ? other.log()
                      : ((LogChange.Deleted) change).log());
              throw new IllegalStateException("neither deleted nor another incarnation: " + change);
            });
  }

  /** What was written has its version in the cell only. */
  private void learnFromCell() {
    CasCell.Snapshot<LogDescriptor> latest = cell.latest();
    if (latest != null
        && latest.state().incarnation().equals(incarnation())
        && latest.state().state().status() != LogState.Status.DELETED) {
      learn(latest.state());
    }
  }

  /** A head is missing: {@code log.json}, read anew, says whether and how it should exist. */
  CompletableFuture<Head> firstHead(int partition) {
    return refresh()
        .thenApply(
            log -> {
              requirePartition(log, partition);
              return Head.first(log, partition);
            });
  }

  void requirePartition(LogDescriptor log, int partition) {
    if (partition < 0 || partition >= log.partitions()) {
      throw new IllegalArgumentException(
          "partition "
              + partition
              + ": log "
              + id
              + " has partitions 0 to "
              + (log.partitions() - 1));
    }
  }
}
