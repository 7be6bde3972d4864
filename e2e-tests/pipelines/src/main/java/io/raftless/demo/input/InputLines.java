package io.raftless.demo.input;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What is known of the input before any job reads it: how many lines there are, and a hash of each.
 * Immutable.
 */
public final class InputLines {
  private final long[] hashes;

  private InputLines(long[] hashes) {
    this.hashes = hashes;
  }

  /** Reads a file as Flink's {@code FileSource} will: one with a name like .gz is unpacked. */
  public static InputLines scan(Path file) throws IOException {
    Hash64 hash = new Hash64();
    long[] hashes = new long[1024];
    int count = 0;
    try (LineReader lines = LineReader.open(file)) {
      for (byte[] line = lines.read(); line != null; line = lines.read()) {
        if (count == hashes.length) {
          hashes = Arrays.copyOf(hashes, 2 * count);
        }
        hashes[count++] = hash.of(line);
      }
    }
    return new InputLines(Arrays.copyOf(hashes, count));
  }

  /** How many lines there are. */
  public int count() {
    return hashes.length;
  }

  /** The hash of a line's bytes, as {@link Hash64} makes it. */
  public long hash(int number) {
    return hashes[number];
  }
}
