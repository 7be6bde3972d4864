package io.raftless.maintenance;

import io.raftless.id.Label;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a vacuum found and did. Of a dry run: what a run would have done.
 *
 * @param isDryRun whether nothing was changed
 * @param clocks whether the horizon could be moved
 * @param horizonBefore of {@code log.json}
 * @param horizonAfter of {@code log.json}
 * @param bound only labels below it were deleted from the log that exists; what other incarnations
 *     left behind goes at any age
 * @param forgotten records that were trimmed and are now in the index no more
 * @param deleted by kind
 * @param keptNeeded at an age to be deleted, but the log needs it; by kind
 * @param keptYoung not below the bound, needed or not; by kind
 * @param keptOther what is never deleted: heads, cursors, {@code log.json}, and what is not ours;
 *     by kind
 * @param sampleDeleted a few keys of what was deleted
 * @param sampleUnknown a few keys that are not ours
 * @param failedDeletes how many objects the store did not delete; the next vacuum tries again
 * @param sampleFailures a few of them, with the reason
 * @param suspicious incarnations that were left alone although they are not the log's any more,
 *     with the reason
 * @param isComplete false if so many deletes failed that the vacuum gave up
 */
public record VacuumReport(
    boolean isDryRun,
    Clocks clocks,
    Label horizonBefore,
    Label horizonAfter,
    Label bound,
    long forgotten,
    Map<ObjectKind, Tally> deleted,
    Map<ObjectKind, Tally> keptNeeded,
    Map<ObjectKind, Tally> keptYoung,
    Map<ObjectKind, Tally> keptOther,
    List<String> sampleDeleted,
    List<String> sampleUnknown,
    long failedDeletes,
    List<String> sampleFailures,
    List<String> suspicious,
    boolean isComplete) {

  public VacuumReport {
    deleted = copy(deleted);
    keptNeeded = copy(keptNeeded);
    keptYoung = copy(keptYoung);
    keptOther = copy(keptOther);
    sampleDeleted = List.copyOf(sampleDeleted);
    sampleUnknown = List.copyOf(sampleUnknown);
    sampleFailures = List.copyOf(sampleFailures);
    suspicious = List.copyOf(suspicious);
  }

  private static Map<ObjectKind, Tally> copy(Map<ObjectKind, Tally> tallies) {
    Map<ObjectKind, Tally> copy = new EnumMap<>(ObjectKind.class);
    copy.putAll(tallies);
    return Collections.unmodifiableMap(copy);
  }

  /** Whether this machine's clock and the store's are close enough to tell how old a label is. */
  public enum Clocks {
    /** They are: the horizon was moved as far as the retention allows. */
    AGREE,
    /** They are more than 5 minutes apart: the horizon stays. Set this machine's clock right. */
    APART,
    /** The store does not say what time it is: the horizon stays. */
    STORE_SILENT
  }

  /**
   * Objects and their size.
   *
   * @param objects how many
   * @param bytes together
   */
  public record Tally(long objects, long bytes) {
    /** Nothing. */
    public static final Tally NONE = new Tally(0, 0);

    Tally plus(long size) {
      return new Tally(objects + 1, bytes + size);
    }
  }

  /** All that was deleted. */
  public Tally totalDeleted() {
    return total(deleted);
  }

  /** What of a kind was deleted. */
  public Tally deleted(ObjectKind kind) {
    return deleted.getOrDefault(kind, Tally.NONE);
  }

  /** What of a kind is at an age to be deleted, but needed. */
  public Tally keptNeeded(ObjectKind kind) {
    return keptNeeded.getOrDefault(kind, Tally.NONE);
  }

  /** What of a kind is not below the bound. */
  public Tally keptYoung(ObjectKind kind) {
    return keptYoung.getOrDefault(kind, Tally.NONE);
  }

  /** What of a kind is never deleted. */
  public Tally keptOther(ObjectKind kind) {
    return keptOther.getOrDefault(kind, Tally.NONE);
  }

  private static Tally total(Map<ObjectKind, Tally> tallies) {
    long objects = 0;
    long bytes = 0;
    for (Tally tally : tallies.values()) {
      objects += tally.objects();
      bytes += tally.bytes();
    }
    return new Tally(objects, bytes);
  }
}
