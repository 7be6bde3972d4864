package io.raftless.log;

import io.raftless.head.AppendOutcome;
import io.raftless.head.AppendRequest;
import io.raftless.runtime.LogRuntime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: one conditional write at a time per partition and process, and each takes all that
 * is ready. A request whose upload is under way holds back the later ones of its stream and nobody
 * else's (design §6).
 *
 * <p>Thread-safe.
 */
final class PartitionCommitter {
  /** Larger groups only make heads spill more nodes at once. */
  private static final int MAX_GROUP = 256;

  private final Partition partition;
  private final LogRuntime runtime;

  /** In the order in which requests were made. Guarded by this. */
  private final Deque<PendingAppend> queue = new ArrayDeque<>();

  /** Guarded by this. */
  private boolean isCommitting;

  /** Guarded by this. Whether the next group waits until other processes had their turns. */
  private boolean isPausing;

  /** Guarded by this. Whether the next group has waited: once is enough, whatever clocks say. */
  private boolean hasPaused;

  /** Guarded by this. How long what is ready waits for uploads at most; 0 if it does not wait. */
  private int awaitsMillis;

  /** Guarded by this. Whether it has waited for as long as it may. */
  private boolean hasAwaited;

  /** Guarded by this. How many groups were taken. */
  private long groups;

  PartitionCommitter(Partition partition, LogRuntime runtime) {
    this.partition = partition;
    this.runtime = runtime;
  }

  /** An append and its request, which may be with the store from now on. */
  private record Taken(PendingAppend pending, AppendRequest request) {}

  /** Takes a place in the queue; the request is committed once it is ready. */
  void enqueue(PendingAppend pending) {
    synchronized (this) {
      queue.add(pending);
    }
  }

  /** To be called when a request has become ready or has failed. */
  void proceed() {
    List<Taken> group;
    List<PendingAppend> failed = new ArrayList<>();
    synchronized (this) {
      group = isCommitting || mustPause() ? List.of() : takeGroup(failed);
      if (!group.isEmpty()) {
        isCommitting = true;
        hasPaused = false;
        awaitsMillis = 0;
        hasAwaited = false;
        groups++;
      }
    }
    failed.forEach(PendingAppend::failWithStream);
    if (!group.isEmpty()) {
      commit(group);
    }
  }

  /** Nothing is taken yet, so that whoever gives up meanwhile has not been with the store. */
  private boolean mustPause() {
    return mustAwaitTurn() || mustAwaitCompany();
  }

  private boolean mustAwaitTurn() {
    if (isPausing || hasPaused || queue.isEmpty()) {
      return isPausing;
    }
    Duration pause = partition.cell().pause();
    if (pause.isZero()) {
      return false;
    }
    isPausing = true;
    var unused =
        runtime.after(pause).whenCompleteAsync((x, stopped) -> resume(), runtime.workers());
    return true;
  }

  private void resume() {
    synchronized (this) {
      isPausing = false;
      hasPaused = true;
    }
    if (!runtime.isStopped()) {
      proceed();
    }
  }

  /**
   * A writer that is busy has several uploads under way. Each conditional write costs a request,
   * however much it commits, so that what is uploaded waits for what will be in a moment.
   */
  private boolean mustAwaitCompany() {
    int patience = hasAwaited || !runtime.isPatient() ? 0 : patienceMillis();
    if (patience == 0) {
      return false;
    }
    if (awaitsMillis == 0 || patience < awaitsMillis) {
      awaitsMillis = patience;
      long group = groups;
      var unused =
          runtime
              .after(Duration.ofMillis(patience))
              .whenCompleteAsync((x, stopped) -> goWithoutCompany(group), runtime.workers());
    }
    return true;
  }

  private void goWithoutCompany(long group) {
    synchronized (this) {
      if (group != groups) {
        return; // It went, with company.
      }
      hasAwaited = true;
    }
    if (!runtime.isStopped()) {
      proceed();
    }
  }

  /** How long what is ready waits for others; 0 if there are none, or somebody cannot wait. */
  private int patienceMillis() {
    int patience = Integer.MAX_VALUE;
    int ready = 0;
    boolean isCompanyComing = false;
    Set<AppendStream> behind = new HashSet<>();
    for (PendingAppend next : queue) {
      if (behind.contains(next.stream())) {
        continue;
      }
      if (next.stream().isPoisoned() || next.ownFailure() != null) {
        return 0; // Somebody is to hear of it.
      }
      if (next.isReady()) {
        ready++;
        patience = Math.min(patience, next.patienceMillis());
      } else {
        behind.add(next.stream());
        isCompanyComing |= next.isOnItsWay();
      }
    }
    return isCompanyComing && ready > 0 && ready < MAX_GROUP ? patience : 0;
  }

  private List<Taken> takeGroup(List<PendingAppend> failed) {
    List<Taken> group = new ArrayList<>();
    Set<AppendStream> held = new HashSet<>();
    for (Iterator<PendingAppend> it = queue.iterator();
        it.hasNext() && group.size() < MAX_GROUP; ) {
      PendingAppend next = it.next();
      if (held.contains(next.stream())) {
        continue;
      }
      RuntimeException ownFailure = next.ownFailure();
      if (next.stream().isPoisoned()) {
        failed.add(next);
        it.remove();
        continue;
      }
      if (ownFailure != null) {
        // Its place in the order is reached only now: the earlier ones are on their way.
        next.stream().poison(ownFailure);
        failed.add(next);
        it.remove();
        continue;
      }
      AppendRequest request = next.take();
      if (request == null) {
        held.add(next.stream());
      } else {
        group.add(new Taken(next, request));
        it.remove();
      }
    }
    return group;
  }

  private void commit(List<Taken> group) {
    var unused =
        partition
            .append(group.stream().map(Taken::request).toList())
            .whenCompleteAsync(
                (outcomes, trouble) -> settle(group, outcomes, trouble), runtime.workers());
  }

  private void settle(
      List<Taken> group, @Nullable List<AppendOutcome> outcomes, @Nullable Throwable trouble) {
    List<Runnable> answers = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      PendingAppend pending = group.get(i).pending();
      if (outcomes != null && outcomes.get(i) instanceof AppendOutcome.Committed committed) {
        answers.add(() -> pending.succeed(committed.baseOffsets()));
        continue;
      }
      if (outcomes != null && outcomes.get(i) instanceof AppendOutcome.EarlierRejected) {
        // Of the same group: its stream is poisoned by now, and knows why.
        answers.add(pending::failWithStream);
        continue;
      }
      RuntimeException failure =
          outcomes != null && outcomes.get(i) instanceof AppendOutcome.Rejected rejected
              ? Failures.rejected(rejected, partition.toString(), false)
              : Failures.translate(
                  trouble == null ? new IllegalStateException("no outcome") : trouble,
                  "the append to " + partition);
      // Poisoned before anybody hears of it, so that no request slips in between.
      pending.stream().poison(failure);
      answers.add(() -> pending.fail(failure));
    }
    synchronized (this) {
      isCommitting = false;
    }
    // The next group first: what callers do with their answers must not hold it up.
    proceed();
    answers.forEach(Runnable::run);
  }
}
