package io.raftless.bench.micro;

import io.raftless.format.Json;
import io.raftless.head.Head;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A full head as JSON: what each commit writes, and what each look at a partition reads. */
@State(Scope.Thread)
public class HeadBenchmark {
  /** Of batches that are in the head itself. */
  @Param("0")
  public int inlineBytes;

  /** Of their records. */
  @Param("0")
  public long seed;

  private @Nullable Head head;
  private ByteBuffer json = ByteBuffer.allocate(0);

  /** Grows the head. */
  @Setup
  public void prepare() throws Exception {
    Head full = FullHead.with(inlineBytes, seed);
    head = full;
    json = Json.encode(full);
  }

  /** As it is written. */
  @Benchmark
  public ByteBuffer encode() {
    return Json.encode(Objects.requireNonNull(head));
  }

  /** As it is read. */
  @Benchmark
  public Head decode() {
    return Json.decode(json, Head.class, "head", Head.FORMAT);
  }
}
