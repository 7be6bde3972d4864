package io.raftless.demo.input;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.io.compression.InflaterInputStreamFactory;
import org.apache.flink.connector.file.src.compression.StandardDeCompressors;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream into lines, byte for byte: a line ends before '\n' or at the end of the stream,
 * whatever else is in it. Not thread-safe.
 */
public final class LineReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream stream;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  LineReader(InputStream stream) {
    this.stream = stream;
  }

  /** Opens a file as Flink's {@code FileSource} does: one with a name like .gz is unpacked. */
  public static LineReader open(Path file) throws IOException {
    return new LineReader(unpacked(file));
  }

  private static InputStream unpacked(Path file) throws IOException {
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

  /** The next line without its line feed, or null at the end. */
  public byte @Nullable [] read() throws IOException {
    ByteArrayOutputStream longLine = null;
    while (fill()) {
      int start = position;
      while (position < limit && buffer[position] != '\n') {
        position++;
      }
      boolean complete = position < limit;
      if (longLine == null && complete) {
        byte[] line = new byte[position - start];
        System.arraycopy(buffer, start, line, 0, line.length);
        position++;
        return line;
      }
      if (longLine == null) {
        longLine = new ByteArrayOutputStream(2 * BUFFER_BYTES);
      }
      longLine.write(buffer, start, position - start);
      if (complete) {
        position++;
        return longLine.toByteArray();
      }
    }
    return longLine == null ? null : longLine.toByteArray();
  }

  /** Makes sure that the buffer has bytes; false at the end of the stream. */
  private boolean fill() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, stream.read(buffer, 0, buffer.length));
    }
    return limit > 0;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
