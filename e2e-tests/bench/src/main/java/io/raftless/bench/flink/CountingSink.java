package io.raftless.bench.flink;

import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Drops what it gets, and says for the whole JVM how much that was: a source that is fast because
 * it forgets something has no figure.
 */
final class CountingSink implements Sink<byte[]> {
  private static final long serialVersionUID = 1L;

  private static final LongAdder RECORDS = new LongAdder();
  private static final LongAdder BYTES = new LongAdder();

  /** Counts from zero again. */
  static void reset() {
    RECORDS.reset();
    BYTES.reset();
  }

  static long records() {
    return RECORDS.sum();
  }

  static long bytes() {
    return BYTES.sum();
  }

  @Override
  public SinkWriter<byte[]> createWriter(WriterInitContext context) {
    return new SinkWriter<>() {
      private long records;
      private long bytes;

      @Override
      public void write(byte[] element, Context elementContext) {
        records++;
        bytes += element.length;
      }

      @Override
      public void flush(boolean endOfInput) {
        RECORDS.add(records);
        BYTES.add(bytes);
        records = 0;
        bytes = 0;
      }

      @Override
      public void close() {
        // All is counted.
      }
    };
  }
}
