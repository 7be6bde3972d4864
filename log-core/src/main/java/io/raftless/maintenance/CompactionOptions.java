package io.raftless.maintenance;

import io.raftless.format.Compression;
import io.raftless.format.SegmentSettings;
import io.raftless.head.LogSettings;
import java.time.Duration;

/**
 * How WAL entries become segments, and when: as soon as any of the thresholds is reached. Two
 * compactors may go by different options; that costs work, and nothing else.
 *
 * @param segmentBytes how large a segment becomes, about: it is closed before the batch that would
 *     make it larger. 1 KiB to 1 GiB. A compactor takes so much memory, and 16 MiB more
 * @param blocks how segments store their records
 * @param minBytes so many bytes of WAL entries are compacted, ≥ 1
 * @param maxEntries or so many WAL entries, ≥ 1
 * @param maxAge or what is there once the oldest label of the WAL is so old
 * @param isForced or whatever there is
 * @param maxSources batches in one segment, 2 to 1,000,000: its provenance list is read as a whole
 *     where a label is searched
 * @param segmentsPerRound how many segments are installed by one conditional write, 1 to 1,000;
 *     what a compactor that is overtaken did for nothing is at most that
 */
public record CompactionOptions(
    int segmentBytes,
    SegmentSettings blocks,
    long minBytes,
    int maxEntries,
    Duration maxAge,
    boolean isForced,
    int maxSources,
    int segmentsPerRound) {
  private static final int MIN_SEGMENT_BYTES = 1 << 10;
  private static final int MAX_SEGMENT_BYTES = 1 << 30;
  private static final int MAX_SOURCES = 1_000_000;
  private static final int MAX_SEGMENTS_PER_ROUND = 1_000;

  public CompactionOptions {
    requireBetween("segmentBytes", segmentBytes, MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES);
    requireBetween("minBytes", minBytes, 1, Long.MAX_VALUE);
    requireBetween("maxEntries", maxEntries, 1, Integer.MAX_VALUE);
    requireBetween("maxSources", maxSources, 2, MAX_SOURCES);
    requireBetween("segmentsPerRound", segmentsPerRound, 1, MAX_SEGMENTS_PER_ROUND);
    if (maxAge.isNegative()) {
      throw new IllegalArgumentException("maxAge " + maxAge + ": choose 0 or more");
    }
  }

  private static void requireBetween(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + " " + value + ": choose " + least + " to " + most);
    }
  }

  /**
   * Segments of 128 MiB and 100,000 batches, blocks of 1 MiB; due at 16 MiB, 4,096 entries or 10
   * minutes; 8 segments at a time.
   */
  public static CompactionOptions defaults() {
    return new CompactionOptions(
        128 << 20,
        SegmentSettings.DEFAULT,
        16L << 20,
        4_096,
        Duration.ofMinutes(10),
        false,
        100_000,
        8);
  }

  /** What the settings of a log say. */
  public static CompactionOptions of(LogSettings.Compaction settings) {
    CompactionOptions defaults = defaults();
    return new CompactionOptions(
        Math.toIntExact(settings.segmentBytes()),
        new SegmentSettings(
            settings.blockBytes(), settings.compression(), Compression.DEFAULT_ZSTD_LEVEL),
        settings.minBytes(),
        settings.maxEntries(),
        Duration.ofMillis(settings.maxAgeMillis()),
        false,
        defaults.maxSources,
        defaults.segmentsPerRound);
  }

  /** The same, but whatever there is in the WAL is due. */
  public CompactionOptions forced() {
    return new CompactionOptions(
        segmentBytes, blocks, minBytes, maxEntries, maxAge, true, maxSources, segmentsPerRound);
  }

  /** The same with another size of segments. */
  public CompactionOptions withSegmentBytes(int bytes) {
    return new CompactionOptions(
        bytes, blocks, minBytes, maxEntries, maxAge, isForced, maxSources, segmentsPerRound);
  }
}
