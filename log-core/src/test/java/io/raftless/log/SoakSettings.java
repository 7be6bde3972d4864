package io.raftless.log;

import java.time.Duration;
import java.util.Locale;
import java.util.Random;

/**
 * How large a soak is. Everything is a system property, {@code raftless.soak.} and the name below;
 * the defaults are for a build.
 *
 * @param bytes of record values that are appended in all, about
 * @param batches that are appended in all, exactly
 * @param partitions of the log
 * @param retainedBytes of stored data that retention keeps, over all partitions
 * @param horizon how much older than the oldest append under way garbage must be
 * @param faultRate how many of the conditional writes of two of the writers have no answer, or a
 *     wrong one, although they were applied: 0 to 1
 * @param store where the log is
 * @param limit after which whatever is waited for has failed
 * @param seed of everything that is random
 */
record SoakSettings(
    long bytes,
    int batches,
    int partitions,
    long retainedBytes,
    Duration horizon,
    double faultRate,
    Store store,
    Duration limit,
    long seed) {
  static final int WRITERS = 8;
  static final int READERS = 4;
  static final int COMPACTORS = 2;

  /** Where the log is. */
  enum Store {
    /** An S3 server in this process, over HTTP. */
    HTTP,
    /** A store in memory. */
    MEMORY
  }

  SoakSettings {
    if (batches < WRITERS * partitions || bytes / batches < 200) {
      throw new IllegalArgumentException(
          "raftless.soak.batches "
              + batches
              + ": choose at least "
              + WRITERS * partitions
              + ", of 200 bytes or more each");
    }
  }

  static SoakSettings fromProperties() {
    long bytes = Long.getLong("raftless.soak.bytes", 24L << 20);
    return new SoakSettings(
        bytes,
        Integer.getInteger("raftless.soak.batches", 2_400),
        Integer.getInteger("raftless.soak.partitions", 8),
        Long.getLong("raftless.soak.retainedBytes", bytes / 4),
        Duration.ofSeconds(Integer.getInteger("raftless.soak.horizonSeconds", 2)),
        Double.parseDouble(System.getProperty("raftless.soak.faultRate", "0.02")),
        Store.valueOf(System.getProperty("raftless.soak.store", "http").toUpperCase(Locale.ROOT)),
        Duration.ofMinutes(Integer.getInteger("raftless.soak.limitMinutes", 5)),
        Long.getLong("raftless.seed", new Random().nextLong()));
  }

  /** Of a writer: those of the odd ones are whole rounds over all partitions. */
  int batchesOf(int writer) {
    int share = batches / WRITERS;
    int ofOdd = share - share % partitions;
    int odd = WRITERS / 2;
    if (isOdd(writer)) {
      return ofOdd;
    }
    int rest = batches - odd * ofOdd;
    int even = WRITERS - odd;
    return rest / even + (writer / 2 < rest % even ? 1 : 0);
  }

  static boolean isOdd(int writer) {
    return writer % 2 == 1;
  }

  /** As large as to have some dozens in all, and merges. */
  int segmentBytes() {
    return (int) Math.max(256 << 10, Math.min(32 << 20, bytes / 48));
  }

  String replay() {
    return "-Draftless.seed="
        + seed
        + " -Draftless.soak.bytes="
        + bytes
        + " -Draftless.soak.batches="
        + batches
        + " -Draftless.soak.store="
        + store.name().toLowerCase(Locale.ROOT);
  }
}
