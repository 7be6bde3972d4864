package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.BatchBlock;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import io.raftless.store.Trickle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ArrivedTest {
  private final long seed = Long.getLong("raftless.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<EncodedBatch> batches = new ArrayList<>();
  private final List<DataBlock> blocks = new ArrayList<>();
  private int end;

  ArrivedTest() {
    System.out.println("raftless.seed=" + seed);
  }

  /** A block behind those before. */
  private DataBlock block(Compression compression) {
    BatchBuilder builder = new BatchBuilder();
    for (int i = 0; i < 3; i++) {
      byte[] value = new byte[1_000];
      value[random.nextInt(1_000)] = (byte) random.nextInt();
      builder.add(LogRecord.of(null, value, i));
    }
    EncodedBatch batch = builder.build(compression);
    DataBlock block =
        new DataBlock("object", end, batch.length(), 0, 3, 2, Integer.toUnsignedLong(batch.crc()));
    end += batch.length();
    batches.add(batch);
    blocks.add(block);
    return block;
  }

  private ByteBuffer body() {
    ByteBuffer body = ByteBuffer.allocate(end);
    batches.forEach(batch -> body.put(batch.block()));
    return body.flip();
  }

  private List<LogRecord> records(int block) {
    return BatchBlock.parse(batches.get(block).block()).records();
  }

  private ByteBuffer stored(int from, int to) {
    DataBlock first = blocks.get(from);
    DataBlock last = blocks.get(to);
    int start = (int) first.position();
    return body().slice(start, (int) last.position() + last.length() - start);
  }

  @Test
  void whatIsDamagedInOnePartIsNothingToThoseBehindIt() throws IOException {
    var first = new Arrived.Part(1, List.of(block(Compression.NONE), block(Compression.NONE)));
    var second = new Arrived.Part(4, List.of(block(Compression.NONE)));
    ByteBuffer body = body();
    body.put(200, (byte) ~body.get(200));
    Trickle stream = new Trickle(body, random);
    List<Arrived> arrived = new Arrived.Reader(List.of(first, second)).read(stream, end);
    assertThat(stream.read()).as("all is read").isEqualTo(-1);
    assertThat(arrived.get(0).decoded()).isEmpty();
    assertThat(arrived.get(0).damage()).hasMessageContaining("object");
    assertThat(Objects.requireNonNull(arrived.get(0).damage()).damage().partition()).isEqualTo(1);
    assertThat(arrived.get(1)).isEqualTo(new Arrived(List.of(records(2)), null, null));
  }

  @Test
  void whatIsNotDecodedOfOnePartIsKeptByItself() throws IOException {
    var first = new Arrived.Part(1, List.of(block(Compression.NONE), block(Compression.LZ4)));
    var second = new Arrived.Part(2, List.of(block(Compression.ZSTD), block(Compression.NONE)));
    var third = new Arrived.Part(3, List.of(block(Compression.NONE)));
    List<Arrived> arrived =
        new Arrived.Reader(List.of(first, second, third)).read(new Trickle(body(), random), end);
    assertThat(arrived)
        .containsExactly(
            new Arrived(List.of(records(0)), stored(1, 1), null),
            new Arrived(List.of(), stored(2, 3), null),
            new Arrived(List.of(records(4)), null, null));
    for (Arrived part : arrived.subList(0, 2)) {
      ByteBuffer rest = Objects.requireNonNull(part.rest());
      assertThat(rest.arrayOffset()).as("an array of its own").isZero();
      assertThat(rest.array()).as("an array of its own").hasSize(rest.remaining());
    }
  }

  @Test
  void ofAnObjectThatEndsBeforeEachPartGetsWhatThereIs() throws IOException {
    var first = new Arrived.Part(1, List.of(block(Compression.NONE)));
    var second = new Arrived.Part(2, List.of(block(Compression.NONE)));
    var third = new Arrived.Part(3, List.of(block(Compression.NONE)));
    int there = (int) blocks.get(1).position() + 7;
    ByteBuffer body = body().limit(there);
    Arrived.Reader reader = new Arrived.Reader(List.of(first, second, third));
    for (List<Arrived> arrived :
        List.of(reader.read(body.duplicate()), reader.read(new Trickle(body, random), there))) {
      assertThat(arrived)
          .containsExactly(
              new Arrived(List.of(), stored(0, 0), null),
              new Arrived(List.of(), stored(1, 1).limit(7), null),
              new Arrived(List.of(), ByteBuffer.allocate(0), null));
    }
  }
}
