package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/**
 * What every record of a soak holds, as a function of who wrote it and as which: so that whoever
 * reads it can compare every byte with what was written. Thread-safe.
 */
final class SoakContent {
  /** Records in a batch: 1 to 7. */
  private static final int MOST_RECORDS = 7;

  private static final double MEAN_RECORDS = (1 + MOST_RECORDS) / 2.0;
  private static final int HEADER_BYTES = 16;

  private final long seed;
  private final byte[] noise = new byte[8 << 20];
  private final int meanBytes;

  SoakContent(SoakSettings settings) {
    seed = settings.seed();
    new Random(seed).nextBytes(noise);
    meanBytes = (int) ((double) settings.bytes() / settings.batches() / MEAN_RECORDS);
  }

  /** How many records a writer's batch has. */
  int recordsIn(int writer, int batch) {
    return 1 + (int) Long.remainderUnsigned(mixed(-1 - writer, batch), MOST_RECORDS);
  }

  /**
   * A record.
   *
   * @param number of the record among those of the writer in the partition, from 0
   */
  LogRecord record(int writer, int partition, long number) {
    long random = mixed(writer * 1_000L + partition, number);
    int most = Math.max(1, 2 * (meanBytes - HEADER_BYTES));
    int length = (int) Long.remainderUnsigned(random >>> 32, most);
    int from = (int) Long.remainderUnsigned(random, noise.length - most);
    ByteBuffer value = ByteBuffer.allocate(HEADER_BYTES + length);
    value.putInt(writer).putInt(partition).putLong(number).put(noise, from, length);
    return LogRecord.of(null, value.array(), 1_000 * number);
  }

  /** Who wrote a record. */
  static int writerOf(LogRecord record) {
    return ByteBuffer.wrap(Objects.requireNonNull(record.value())).getInt(0);
  }

  /** As which of the writer's in the partition. */
  static long numberOf(LogRecord record) {
    return ByteBuffer.wrap(Objects.requireNonNull(record.value())).getLong(8);
  }

  /** Compares every byte. */
  void check(LogRecord record, int partition) {
    LogRecord written = record(writerOf(record), partition, numberOf(record));
    boolean isSame =
        Arrays.equals(record.value(), written.value())
            && record.timestamp() == written.timestamp()
            && record.key() == null;
    assertThat(isSame).as("record %s of writer %s", numberOf(record), writerOf(record)).isTrue();
  }

  /** Any two arguments give something else (SplitMix64's finalizer). */
  private long mixed(long one, long other) {
    long mixed = seed + 0x9E3779B97F4A7C15L * (one * 1_000_003 + other + 1);
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
