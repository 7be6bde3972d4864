package io.raftless.head;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.Compression;
import io.raftless.id.Name;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a log, whoever works with it: kept in {@code log.json}. What is absent there is
 * the default. None of it is needed for safety: two programs that go by different settings do no
 * more harm than to clean up, or to compact, by different rules.
 *
 * @param retention which records may be trimmed away
 * @param vacuumRetentionMillis how long what nothing refers to is kept, and so how old a checkpoint
 *     or savepoint may be that still restores: 1 hour to 3,650 days, 7 days unless said otherwise
 * @param compaction how and when WAL entries become segments
 * @param maxRecordBytes the largest record that writers take, key, value and headers together: 1 to
 *     256 MiB, the default
 */
public record LogSettings(
    @JsonInclude(JsonInclude.Include.NON_NULL) Retention retention,
    @JsonInclude(JsonInclude.Include.NON_NULL) Long vacuumRetentionMillis,
    @JsonInclude(JsonInclude.Include.NON_NULL) Compaction compaction,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer maxRecordBytes) {
  private static final Duration SHORTEST_VACUUM_RETENTION = Duration.ofHours(1);
  private static final Duration LONGEST_VACUUM_RETENTION = Duration.ofDays(3_650);
  private static final int MAX_RECORD_BYTES = 256 << 20;

  /** Of a log for which nobody has said anything else. */
  public static final LogSettings DEFAULTS =
      new LogSettings(
          Retention.FOREVER, Duration.ofDays(7).toMillis(), Compaction.DEFAULTS, MAX_RECORD_BYTES);

  public LogSettings {
    retention = retention == null ? Retention.FOREVER : retention;
    vacuumRetentionMillis =
        vacuumRetentionMillis == null ? Duration.ofDays(7).toMillis() : vacuumRetentionMillis;
    compaction = compaction == null ? Compaction.DEFAULTS : compaction;
    maxRecordBytes = maxRecordBytes == null ? MAX_RECORD_BYTES : maxRecordBytes;
    requireBetween(
        "vacuumRetentionMillis",
        vacuumRetentionMillis,
        SHORTEST_VACUUM_RETENTION.toMillis(),
        LONGEST_VACUUM_RETENTION.toMillis());
    requireBetween("maxRecordBytes", maxRecordBytes, 1, MAX_RECORD_BYTES);
  }

  private static void requireBetween(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + " " + value + ": choose " + least + " to " + most);
    }
  }

  /** The same with other rules for trimming. */
  public LogSettings withRetention(Retention newRetention) {
    return new LogSettings(newRetention, vacuumRetentionMillis, compaction, maxRecordBytes);
  }

  /** The same with another time for which garbage is kept: 1 hour to 3,650 days. */
  public LogSettings withVacuumRetention(Duration newRetention) {
    return new LogSettings(retention, newRetention.toMillis(), compaction, maxRecordBytes);
  }

  /** The same with other rules for compaction. */
  public LogSettings withCompaction(Compaction newCompaction) {
    return new LogSettings(retention, vacuumRetentionMillis, newCompaction, maxRecordBytes);
  }

  /** The same with another limit for records: 1 to 256 MiB. */
  public LogSettings withMaxRecordBytes(int bytes) {
    return new LogSettings(retention, vacuumRetentionMillis, compaction, bytes);
  }

  /**
   * Which records may be trimmed away. A record goes when it is beyond any of the limits that are
   * given; without a limit nothing is trimmed.
   *
   * @param ageMillis how old a record's batch must be, by its largest timestamp; 1 second to
   *     365,000 days; null for any age
   * @param bytes how much of a partition is kept; at least 1; null for everything
   * @param pinnedBy consumer groups that must have read a record before it goes; at most 16 names
   */
  public record Retention(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long ageMillis,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long bytes,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> pinnedBy) {
    private static final int MOST_PINNING = 16;

    /** The longest time for which records can be kept, other than forever. */
    public static final Duration LONGEST_AGE = Duration.ofDays(365_000);

    /** Nothing is trimmed. */
    public static final Retention FOREVER = new Retention(null, null, List.of());

    public Retention {
      pinnedBy = pinnedBy == null ? List.of() : List.copyOf(pinnedBy);
      if (ageMillis != null) {
        requireBetween("retention.ageMillis", ageMillis, 1_000, LONGEST_AGE.toMillis());
      }
      if (bytes != null) {
        requireBetween("retention.bytes", bytes, 1, Long.MAX_VALUE);
      }
      if (pinnedBy.size() > MOST_PINNING || new HashSet<>(pinnedBy).size() < pinnedBy.size()) {
        throw new IllegalArgumentException(
            "retention.pinnedBy " + pinnedBy + ": name at most " + MOST_PINNING + ", each once");
      }
      for (String group : pinnedBy) {
        Name.require("retention.pinnedBy, group name", group);
      }
    }
  }

  /**
   * How WAL entries become segments, and when: as soon as any of the three thresholds is reached.
   *
   * @param segmentBytes how large a segment should become: 1 MiB to 1 GiB, 128 MiB unless said
   *     otherwise
   * @param blockBytes how large a block of it should become, uncompressed: 4 KiB to 64 MiB and at
   *     most a segment, 1 MiB unless said otherwise
   * @param compression of segments, zstd unless said otherwise
   * @param minBytes so many bytes of WAL entries are compacted: 1 or more, 16 MiB unless said
   *     otherwise
   * @param maxEntries or so many entries: 2 or more, 4,096 unless said otherwise
   * @param maxAgeMillis or once the oldest entry is so old: 1 second or more, 10 minutes unless
   *     said otherwise
   */
  public record Compaction(
      @JsonInclude(JsonInclude.Include.NON_NULL) Long segmentBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer blockBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) Compression compression,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long minBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer maxEntries,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long maxAgeMillis) {
    private static final long SEGMENT_BYTES = 128L << 20;
    private static final int BLOCK_BYTES = 1 << 20;
    private static final long MIN_BYTES = 16L << 20;
    private static final int MAX_ENTRIES = 4_096;
    private static final long MAX_AGE_MILLIS = Duration.ofMinutes(10).toMillis();

    /** For most logs. */
    public static final Compaction DEFAULTS =
        new Compaction(
            SEGMENT_BYTES, BLOCK_BYTES, Compression.ZSTD, MIN_BYTES, MAX_ENTRIES, MAX_AGE_MILLIS);

    public Compaction {
      segmentBytes = segmentBytes == null ? SEGMENT_BYTES : segmentBytes;
      blockBytes = blockBytes == null ? BLOCK_BYTES : blockBytes;
      compression = compression == null ? Compression.ZSTD : compression;
      minBytes = minBytes == null ? MIN_BYTES : minBytes;
      maxEntries = maxEntries == null ? MAX_ENTRIES : maxEntries;
      maxAgeMillis = maxAgeMillis == null ? MAX_AGE_MILLIS : maxAgeMillis;
      requireBetween("compaction.segmentBytes", segmentBytes, 1L << 20, 1L << 30);
      requireBetween(
          "compaction.blockBytes", blockBytes, 4L << 10, Math.min(64L << 20, segmentBytes));
      requireBetween("compaction.minBytes", minBytes, 1, Long.MAX_VALUE);
      requireBetween("compaction.maxEntries", maxEntries, 2, Integer.MAX_VALUE);
      requireBetween("compaction.maxAgeMillis", maxAgeMillis, 1_000, Long.MAX_VALUE);
    }
  }
}
