package io.raftless.maintenance;

import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.maintenance.VacuumReport.Tally;
import io.raftless.runtime.Waiting;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lists everything below the root of a log and deletes what is garbage. The listing comes a page at
 * a time and is not kept.
 */
final class Sweep {
  private static final int SAMPLES = 20;

  /** If so many deletes failed, the others would fail as well. */
  private static final int MOST_FAILURES = 1_000;

  private final ObjectStore store;
  private final String root;
  private final VacuumOptions options;
  private final @Nullable Incarnation live;
  private final Label bound;
  private final Predicate<Label> isNeeded;
  private final OtherIncarnations others;
  private final Consumer<String> garbage;

  private final Map<ObjectKind, Tally> keptNeeded = new EnumMap<>(ObjectKind.class);
  private final Map<ObjectKind, Tally> keptYoung = new EnumMap<>(ObjectKind.class);
  private final Map<ObjectKind, Tally> keptOther = new EnumMap<>(ObjectKind.class);
  private final List<String> sampleUnknown = new ArrayList<>();

  /** Guarded by this, as are the following: deletes end on threads of the store. */
  private final Map<ObjectKind, Tally> deleted = new EnumMap<>(ObjectKind.class);

  private final List<String> sampleDeleted = new ArrayList<>();
  private final List<String> sampleFailures = new ArrayList<>();
  private long failures;

  /**
   * Makes a sweep.
   *
   * @param live the incarnation that the next three are about; null if there is none
   * @param bound only labels below it are deleted
   * @param isNeeded of labels below the bound
   * @param garbage hears every key that is about to be deleted
   */
  Sweep(
      ObjectStore store,
      String root,
      VacuumOptions options,
      @Nullable Incarnation live,
      Label bound,
      Predicate<Label> isNeeded,
      OtherIncarnations others,
      Consumer<String> garbage) {
    this.store = store;
    this.root = root;
    this.options = options;
    this.live = live;
    this.bound = bound;
    this.isNeeded = isNeeded;
    this.others = others;
    this.garbage = garbage;
  }

  /**
   * A garbage object.
   *
   * @param kind of it
   * @param key of it
   * @param size in bytes
   */
  private record Garbage(ObjectKind kind, String key, long size) {}

  /** Blocks until everything was looked at. */
  void run() {
    String continuation = null;
    do {
      ListPage page = Waiting.join(store.list(root, continuation));
      List<Garbage> found = new ArrayList<>();
      for (ListPage.ListedObject object : page.objects()) {
        StoredKey key = StoredKey.parse(root, object.key());
        if (isGarbage(key, object)) {
          found.add(new Garbage(key.kind(), object.key(), object.size()));
        }
      }
      Parallel.forEach(found, options.requestsInFlight(), this::delete);
      continuation = page.continuation();
    } while (continuation != null && isComplete());
  }

  private boolean isGarbage(StoredKey key, ListPage.ListedObject object) {
    Incarnation incarnation = key.incarnation();
    if (incarnation == null) {
      keep(keptOther, key, object);
      if (key.kind() == ObjectKind.UNKNOWN && sampleUnknown.size() < SAMPLES) {
        sampleUnknown.add(object.key());
      }
      return false;
    }
    if (key.kind() == ObjectKind.HEAD) {
      // Also of dead incarnations: a writer that remembers the log would create it anew.
      keep(keptOther, key, object);
      return false;
    }
    if (!incarnation.equals(live)) {
      boolean isDead = others.isDead(incarnation);
      if (!isDead) {
        keep(keptOther, key, object);
      }
      return isDead;
    }
    Label label = key.label();
    if (label == null) {
      keep(keptOther, key, object);
      return false;
    }
    if (label.compareTo(bound) >= 0) {
      keep(keptYoung, key, object);
      return false;
    }
    if (isNeeded.test(label)) {
      keep(keptNeeded, key, object);
      return false;
    }
    return true;
  }

  private static void keep(
      Map<ObjectKind, Tally> tallies, StoredKey key, ListPage.ListedObject object) {
    count(tallies, key.kind(), object.size());
  }

  private static void count(Map<ObjectKind, Tally> tallies, ObjectKind kind, long size) {
    tallies.put(kind, tallies.getOrDefault(kind, Tally.NONE).plus(size));
  }

  private CompletableFuture<Void> delete(Garbage object) {
    if (!isComplete()) {
      return CompletableFuture.completedFuture(null);
    }
    garbage.accept(object.key());
    CompletableFuture<Void> done =
        options.isDryRun() ? CompletableFuture.completedFuture(null) : store.delete(object.key());
    return done.handle(
        (unused, trouble) -> {
          settle(object, trouble);
          return null;
        });
  }

  private synchronized void settle(Garbage object, @Nullable Throwable trouble) {
    if (trouble == null) {
      count(deleted, object.kind(), object.size());
      if (sampleDeleted.size() < SAMPLES) {
        sampleDeleted.add(object.key());
      }
    } else {
      failures++;
      if (sampleFailures.size() < SAMPLES) {
        Throwable cause = trouble.getCause() == null ? trouble : trouble.getCause();
        sampleFailures.add(object.key() + ": " + cause.getMessage());
      }
    }
  }

  private synchronized boolean isComplete() {
    return failures < MOST_FAILURES;
  }

  /** What was found and done. */
  synchronized VacuumReport report(
      VacuumReport.Clocks clocks, Label horizonBefore, Label horizonAfter, long forgotten) {
    return new VacuumReport(
        options.isDryRun(),
        clocks,
        horizonBefore,
        horizonAfter,
        bound,
        forgotten,
        deleted,
        keptNeeded,
        keptYoung,
        keptOther,
        sampleDeleted,
        sampleUnknown,
        failures,
        sampleFailures,
        others.suspicious(),
        failures < MOST_FAILURES);
  }
}
