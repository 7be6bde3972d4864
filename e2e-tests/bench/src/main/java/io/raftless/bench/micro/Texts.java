package io.raftless.bench.micro;

import io.raftless.format.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Records of text whose field names repeat and whose values do not; no two of them are the same, so
 * that what compresses them finds no more than it would in a stream. Quickly made: each JVM of a
 * benchmark makes its own.
 */
final class Texts {
  private static final long FIRST_MILLIS = 1_700_000_000_000L;

  private Texts() {}

  /**
   * Makes records.
   *
   * @param bytes of each value; there are no keys
   */
  static List<LogRecord> records(int count, int bytes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    while (text.length() < count * bytes) {
      reading(text, random);
    }
    byte[] all = text.toString().getBytes(StandardCharsets.US_ASCII);
    List<LogRecord> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] value = Arrays.copyOfRange(all, i * bytes, (i + 1) * bytes);
      records.add(LogRecord.of(null, value, FIRST_MILLIS + i));
    }
    return records;
  }

  private static void reading(StringBuilder text, SplittableRandom random) {
    text.append("{\"station\":\"S").append(random.nextInt(500));
    text.append("\",\"time\":").append(FIRST_MILLIS + random.nextLong(1L << 32));
    decimal(text.append(",\"temperature\":"), random, -20, 40);
    decimal(text.append(",\"humidity\":"), random, 0, 100);
    decimal(text.append(",\"pressure\":"), random, 950, 1_050);
    decimal(text.append(",\"wind\":{\"speed\":"), random, 0, 30);
    text.append(",\"direction\":").append(random.nextInt(360)).append("}}\n");
  }

  private static void decimal(StringBuilder text, SplittableRandom random, int from, int to) {
    text.append(random.nextInt(from, to)).append('.').append(random.nextInt(100));
  }
}
