package io.raftless.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The values of records: a few, of random capital letters, which are taken again and again. They
 * are text without line breaks, so that files of lines can hold them, too; and to make one is not
 * what is measured.
 *
 * <p>Not safe for use by many threads.
 */
public final class Payloads {
  private static final int DIFFERENT = 1_000;
  private static final int LETTERS = 26;

  private final byte[][] values;
  private final SplittableRandom random;

  /**
   * Makes them.
   *
   * @param bytes of each
   */
  public Payloads(long seed, int bytes) {
    random = new SplittableRandom(seed);
    values = new byte[DIFFERENT][bytes];
    for (byte[] value : values) {
      for (int n = 0; n < bytes; n++) {
        value[n] = (byte) ('A' + random.nextInt(LETTERS));
      }
    }
  }

  /** One of them, by chance: as Kafka's performance tool chooses one. Must not be changed. */
  public byte[] next() {
    return values[random.nextInt(DIFFERENT)];
  }

  /** One of them, always the same for a number. Must not be changed. */
  public byte[] of(long number) {
    return values[(int) (number % DIFFERENT)];
  }

  /** All of them as text. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (byte[] value : values) {
      lines.add(new String(value, StandardCharsets.US_ASCII));
    }
    return lines;
  }
}
