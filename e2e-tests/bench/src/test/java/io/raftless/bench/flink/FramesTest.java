package io.raftless.bench.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.memory.ByteArrayInputStreamWithPos;
import org.junit.jupiter.api.Test;

class FramesTest {

  @Test
  void whatIsWrittenIsRead() throws Exception {
    byte[] large = new byte[70_000];
    Arrays.fill(large, (byte) 0xFF);

    List<byte[]> read = read(written(new byte[0], large, new byte[] {1, 2, 3}));

    assertThat(read).containsExactly(new byte[0], large, new byte[] {1, 2, 3});
  }

  @Test
  void anEmptyFileHasNoValues() throws Exception {
    assertThat(read(new byte[0])).isEmpty();
  }

  @Test
  void aValueTakesItsLengthAndTheOverhead() throws Exception {
    assertThat(written(new byte[100])).hasSize(100 + Frames.OVERHEAD);
  }

  @Test
  void aFileThatEndsInAValueIsNotReadInSilence() throws Exception {
    byte[] file = written(new byte[100]);

    assertThatThrownBy(() -> read(Arrays.copyOf(file, file.length - 1)))
        .isInstanceOf(EOFException.class);
  }

  private static byte[] written(byte[]... values) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Frames.Writing writing = new Frames.Writing();
    for (byte[] value : values) {
      writing.encode(value, file);
    }
    return file.toByteArray();
  }

  private static List<byte[]> read(byte[] file) throws IOException {
    List<byte[]> values = new ArrayList<>();
    try (StreamFormat.Reader<byte[]> reader =
        new Frames.Reading().createReader(new Configuration(), new InMemory(file))) {
      byte[] value = reader.read();
      while (value != null) {
        values.add(value);
        value = reader.read();
      }
    }
    return values;
  }

  /** As Flink opens a file. */
  private static final class InMemory extends FSDataInputStream {
    private final ByteArrayInputStreamWithPos bytes;

    InMemory(byte[] file) {
      bytes = new ByteArrayInputStreamWithPos(file);
    }

    @Override
    public void seek(long position) {
      bytes.setPosition((int) position);
    }

    @Override
    public long getPos() {
      return bytes.getPosition();
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return bytes.read(target, offset, length);
    }
  }
}
