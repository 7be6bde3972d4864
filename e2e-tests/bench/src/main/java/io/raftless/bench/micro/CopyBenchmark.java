package io.raftless.bench.micro;

import io.raftless.format.BatchBlock;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The yardstick: the least that can be done with the bytes of a batch, which are copied once and
 * checked once.
 */
@State(Scope.Thread)
public class CopyBenchmark {
  /** Of each value. */
  @Param("1024")
  public int recordBytes;

  /** Of the records. */
  @Param("0")
  public long seed;

  private byte[] source = {};
  private byte[] target = {};

  /** Makes the same bytes as {@link BatchBenchmark} has before compression. */
  @Setup
  public void prepare() {
    BatchBuilder builder = new BatchBuilder();
    BatchBenchmark.records(recordBytes, seed).forEach(builder::add);
    ByteBuffer bytes = BatchBlock.parse(builder.build(Compression.NONE).block()).uncompressed();
    source = new byte[bytes.remaining()];
    bytes.get(source);
    target = new byte[source.length];
  }

  /** One copy, one checksum. */
  @Benchmark
  public long copy() {
    System.arraycopy(source, 0, target, 0, source.length);
    CRC32C crc = new CRC32C();
    crc.update(target, 0, target.length);
    return crc.getValue();
  }
}
