package io.raftless.bench.flink;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.api.common.serialization.Encoder;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Files of values, each behind its length: the cheapest that a file can be for bytes. Lines would
 * have to be searched for their ends.
 */
final class Frames {
  /** What a value takes beyond its own bytes. */
  static final int OVERHEAD = 4;

  private Frames() {}

  /** Writes them. */
  static final class Writing implements Encoder<byte[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public void encode(byte[] element, OutputStream stream) throws IOException {
      int length = element.length;
      stream.write(
          new byte[] {
            (byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length
          });
      stream.write(element);
    }
  }

  /** Reads them. */
  static final class Reading extends SimpleStreamFormat<byte[]> {
    private static final long serialVersionUID = 1L;
    private static final int BUFFER_BYTES = 64 << 10;

    @Override
    public StreamFormat.Reader<byte[]> createReader(
        Configuration config, FSDataInputStream stream) {
      DataInputStream in = new DataInputStream(new BufferedInputStream(stream, BUFFER_BYTES));
      return new StreamFormat.Reader<>() {
        @Override
        public byte @Nullable [] read() throws IOException {
          int length;
          try {
            length = in.readInt();
          } catch (EOFException e) {
            return null;
          }
          byte[] value = new byte[length];
          in.readFully(value);
          return value;
        }

        @Override
        public void close() throws IOException {
          in.close();
        }
      };
    }

    @Override
    public TypeInformation<byte[]> getProducedType() {
      return Bytes.TYPE;
    }
  }
}
