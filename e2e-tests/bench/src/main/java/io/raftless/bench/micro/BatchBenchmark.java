package io.raftless.bench.micro;

import io.raftless.format.BatchBlock;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Chunks;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.LogRecord;
import java.nio.ByteBuffer;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A batch of the size that an object of 8 MiB has for each of four partitions: made of records, and
 * made records again.
 */
@State(Scope.Thread)
public class BatchBenchmark {
  /** Of the values of a batch. */
  static final int BATCH_BYTES = 2 << 20;

  private static final long POOL_BYTES = 16L << 20;

  /** One of {@link Compression}. */
  @Param("NONE")
  public String compression = "";

  /** Of each value; there are no keys. */
  @Param("1024")
  public int recordBytes;

  /** Of the records. */
  @Param("0")
  public long seed;

  private final Chunks chunks = new Chunks(POOL_BYTES);
  private Compression kind = Compression.NONE;
  private List<LogRecord> records = List.of();
  private ByteBuffer block = ByteBuffer.allocate(0);

  /** How many records go into a batch. */
  static int count(int recordBytes) {
    return BATCH_BYTES / recordBytes;
  }

  static List<LogRecord> records(int recordBytes, long seed) {
    return Texts.records(count(recordBytes), recordBytes, seed);
  }

  /** Makes the records, and the block that is read. */
  @Setup
  public void prepare() {
    kind = Compression.valueOf(compression);
    records = records(recordBytes, seed);
    EncodedBatch batch = builder().build(kind);
    ByteBuffer bytes = ByteBuffer.allocate(batch.length());
    batch.parts().forEach(part -> bytes.put(part.duplicate()));
    block = bytes.flip();
    batch.release();
  }

  private BatchBuilder builder() {
    BatchBuilder builder = new BatchBuilder(chunks);
    for (LogRecord record : records) {
      builder.add(record);
    }
    return builder;
  }

  /** From records to a block, in memory that is used again, as in a writer. */
  @Benchmark
  public int encode() {
    EncodedBatch batch = builder().build(kind);
    int crc = batch.crc();
    batch.release();
    return crc;
  }

  /** From a block to records, with all checks; each is asked for once. */
  @Benchmark
  public void decode(Blackhole taker) {
    BatchBlock.parse(block).records().forEach(taker::consume);
  }
}
