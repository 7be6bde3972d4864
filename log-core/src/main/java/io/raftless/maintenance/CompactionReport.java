package io.raftless.maintenance;

/**
 * What a compaction of one partition did. Counts are of everything that was done, installed or not.
 *
 * @param partition of the log
 * @param outcome how it ended
 * @param rounds conditional writes of the head that installed segments
 * @param segments objects and data-less segments that were installed
 * @param batches of the WAL that are in them now
 * @param mergedSegments that they replaced
 * @param bytesIn read, of data
 * @param bytesOut written: segments and their provenance lists
 * @param reads requests for data; those for the head and its index are not in it
 * @param writes requests that stored segments and provenance lists
 */
public record CompactionReport(
    int partition,
    Outcome outcome,
    int rounds,
    int segments,
    long batches,
    int mergedSegments,
    long bytesIn,
    long bytesOut,
    long reads,
    long writes) {

  /** How a compaction ended. */
  public enum Outcome {
    /** Nothing was due. */
    NOTHING_DUE,
    /** What was due when it began is compacted. */
    INSTALLED,
    /**
     * Somebody else compacted, merged or forgot the same batches at the same time; or did so right
     * after an install of this one whose answer was lost. What this one wrote last may be garbage.
     */
    OVERTAKEN,
    /** It took so long that what it wrote last may be deleted by now: it is garbage. */
    EXPIRED,
    /** The log is deleted. */
    DELETED
  }
}
