package io.raftless.demo.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.flink.api.common.io.compression.InflaterInputStreamFactory;
import org.apache.flink.connector.file.src.compression.StandardDeCompressors;

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
    try (LineReader lines = new LineReader(open(file))) {
      for (byte[] line = lines.read(); line != null; line = lines.read()) {
        if (count == hashes.length) {
          hashes = Arrays.copyOf(hashes, 2 * count);
        }
        hashes[count++] = hash.of(line);
      }
    }
    return new InputLines(Arrays.copyOf(hashes, count));
  }

  private static InputStream open(Path file) throws IOException {
    InflaterInputStreamFactory<?> unpacker =
        StandardDeCompressors.getDecompressorForFileName(file.toString());
    InputStream stream = Files.newInputStream(file);
    if (unpacker == null) {
      return stream;
    }
    try {
      return unpacker.create(stream);
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    } catch (NoClassDefFoundError e) {
      // Flink knows .xz and .zst and leaves it to others to bring what unpacks them.
      stream.close();
      throw new IOException("nothing here unpacks files of this kind, do it first", e);
    }
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
