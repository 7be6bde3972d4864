package io.raftless.bench.log;

import io.raftless.format.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Records as streams have them: text whose field names repeat and whose values do not, some four
 * times smaller when compressed. A few thousand different ones, so that making them costs nothing
 * while something is measured.
 */
final class Payloads {
  private static final int DIFFERENT = 4_096;
  private static final int MOST_BYTES = 8 << 20;
  private static final int PLACES = 500;

  private final List<LogRecord> records;
  private final int recordBytes;

  /**
   * Makes them.
   *
   * @param recordBytes of the value; there is no key
   */
  Payloads(int recordBytes, long seed) {
    this.recordBytes = recordBytes;
    SplittableRandom random = new SplittableRandom(seed);
    records = new ArrayList<>();
    int different = Math.min(DIFFERENT, Math.max(16, MOST_BYTES / recordBytes));
    for (int i = 0; i < different; i++) {
      records.add(LogRecord.of(null, value(random), 1_700_000_000_000L + i));
    }
  }

  private byte[] value(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    while (text.length() < recordBytes) {
      text.append(
          String.format(
              Locale.ROOT,
              "{\"station\":\"S%04d\",\"time\":%d,\"temperature\":%.2f,\"humidity\":%.1f,"
                  + "\"pressure\":%.1f,\"wind\":{\"speed\":%.1f,\"direction\":%d}}\n",
              random.nextInt(PLACES),
              1_700_000_000_000L + random.nextLong(1L << 32),
              random.nextDouble(-20, 40),
              random.nextDouble(100),
              random.nextDouble(950, 1_050),
              random.nextDouble(30),
              random.nextInt(360)));
    }
    return text.substring(0, recordBytes).getBytes(StandardCharsets.US_ASCII);
  }

  /** One of them, the same for the same number. */
  LogRecord record(long number) {
    return records.get((int) (number % records.size()));
  }

  /** Of each value. */
  int recordBytes() {
    return recordBytes;
  }
}
