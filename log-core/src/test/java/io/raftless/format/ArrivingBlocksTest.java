package io.raftless.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.raftless.store.Trickle;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ArrivingBlocksTest {
  /** More than a window holds. */
  private static final int LARGE = 3 * Scratch.LEAST_BYTES;

  private final long seed = Long.getLong("raftless.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private byte @Nullable [] bytes() {
    if (random.nextInt(5) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextInt(random.nextInt(40) == 0 ? LARGE : 900)];
    random.nextBytes(bytes);
    return bytes;
  }

  private EncodedBatch batch(Compression compression, int count) {
    BatchBuilder builder = new BatchBuilder();
    // With it, no batch is one of small records.
    builder.add(LogRecord.of(null, new byte[900 * count], 0));
    for (int i = 0; i < count; i++) {
      List<RecordHeader> headers = new ArrayList<>();
      for (int h = random.nextInt(4); h > 0; h--) {
        headers.add(new RecordHeader("name-" + "é😀x".repeat(random.nextInt(9)), bytes()));
      }
      builder.add(new LogRecord(bytes(), bytes(), headers, random.nextLong()));
    }
    if (compression != Compression.NONE) {
      // Something that does get smaller.
      builder.add(LogRecord.of(null, new byte[10_000], 0));
    }
    return builder.build(compression);
  }

  private EncodedBatch batch() {
    Compression[] all = Compression.values();
    Compression compression = random.nextInt(4) > 0 ? Compression.NONE : all[random.nextInt(3)];
    return batch(compression, 1 + random.nextInt(100));
  }

  private static ByteBuffer joined(List<EncodedBatch> batches) {
    ByteBuffer all = ByteBuffer.allocate(batches.stream().mapToInt(EncodedBatch::length).sum());
    batches.forEach(batch -> all.put(batch.block()));
    return all.flip();
  }

  private ArrivingBlocks arriving(ByteBuffer all, int length) {
    return new ArrivingBlocks(new Trickle(all, random), length);
  }

  @Test
  void smallRecordsAndWhatCannotBeABlockAreLeftToWhoeverReadsThemAsAWhole() throws IOException {
    BatchBuilder builder = new BatchBuilder();
    for (int i = 0; i < 100; i++) {
      builder.add(LogRecord.of(null, new byte[200], 0));
    }
    EncodedBatch small = builder.build(Compression.NONE);
    ByteBuffer block = small.block();
    try (ArrivingBlocks arriving = arriving(block, small.length())) {
      assertThat(arriving.next(small.length(), small.count(), small.crc())).isEmpty();
      assertThat(arriving.rest(block.remaining())).isEqualTo(block);
    }
    try (ArrivingBlocks arriving = arriving(block, small.length())) {
      assertThat(arriving.next(BlockLayout.HEADER_BYTES - 1, 1, 0)).isEmpty();
      assertThat(arriving.rest(block.remaining())).isEqualTo(block);
    }
  }

  @Test
  void nothingIsReadBeyondTheBlocks() throws IOException {
    EncodedBatch batch = batch(Compression.NONE, 3);
    ByteBuffer more = joined(List.of(batch, batch));
    Trickle stream = new Trickle(more, random);
    try (ArrivingBlocks arriving = new ArrivingBlocks(stream, batch.length())) {
      assertThat(arriving.next(batch.length(), batch.count(), batch.crc())).isPresent();
    }
    assertThat(stream.readAllBytes()).as("seed %s", seed).hasSize(batch.length());
  }

  @Test
  void whatArrivesIsWhatABlockAsAWholeGives() throws IOException {
    for (int round = 0; round < 200; round++) {
      List<EncodedBatch> batches = new ArrayList<>();
      for (int i = 1 + random.nextInt(5); i > 0; i--) {
        batches.add(batch());
      }
      ByteBuffer all = joined(batches);
      try (ArrivingBlocks arriving = arriving(all, all.remaining())) {
        for (EncodedBatch batch : batches) {
          BatchBlock whole = BatchBlock.parse(batch.block());
          Optional<List<LogRecord>> records =
              arriving.next(batch.length(), batch.count(), batch.crc());
          if (whole.compression() == Compression.NONE) {
            assertThat(records).as("seed %s", seed).contains(whole.records());
          } else {
            assertThat(records).isEmpty();
            int rest = random.nextBoolean() ? batch.length() : all.remaining();
            assertThat(arriving.rest(rest))
                .as("seed %s", seed)
                .isEqualTo(all.slice(all.position(), rest));
            if (rest == all.remaining()) {
              break;
            }
          }
          all.position(all.position() + batch.length());
        }
      }
    }
  }

  @Test
  void aDamagedByteIsFoundAsItIsInABlockAsAWhole() throws IOException {
    EncodedBatch batch = batch(Compression.NONE, 3);
    EncodedBatch after = batch(Compression.NONE, 2);
    List<LogRecord> afterwards = BatchBlock.parse(after.block()).records();
    for (int at = 0; at < batch.length(); at++) {
      ByteBuffer all = joined(List.of(batch, after));
      all.put(at, (byte) (all.get(at) ^ (1 << random.nextInt(8))));
      ByteBuffer damaged = all.slice(0, batch.length());
      Throwable expected = catchThrowable(() -> BatchBlock.parse(damaged).records());
      assertThat(expected).as("byte %s, seed %s", at, seed).isInstanceOf(FormatException.class);
      try (ArrivingBlocks arriving = arriving(all, all.remaining())) {
        if (at < BlockLayout.HEADER_BYTES) {
          assertThat(arriving.next(batch.length(), batch.count(), batch.crc())).isEmpty();
          assertThat(arriving.rest(batch.length())).isEqualTo(damaged);
        } else {
          assertThatThrownBy(() -> arriving.next(batch.length(), batch.count(), batch.crc()))
              .as("byte %s, seed %s", at, seed)
              .isInstanceOf(FormatException.class)
              .hasMessage(expected.getMessage());
        }
        assertThat(arriving.next(after.length(), after.count(), after.crc()))
            .as("after byte %s, seed %s", at, seed)
            .contains(afterwards);
      }
    }
  }

  @Test
  void whatIsSkippedIsNotLookedAt() throws IOException {
    EncodedBatch batch = batch(Compression.NONE, 3);
    ByteBuffer all = joined(List.of(batch, batch, batch));
    for (int i = 0; i < batch.length(); i++) {
      all.put(i, (byte) random.nextInt());
    }
    try (ArrivingBlocks arriving = arriving(all, all.remaining())) {
      arriving.skip(batch.length());
      assertThat(arriving.next(batch.length(), batch.count(), batch.crc()))
          .as("seed %s", seed)
          .contains(BatchBlock.parse(batch.block()).records());
      arriving.skip(batch.length());
    }
  }

  @Test
  void anotherBlockThanTheIndexSaysIsLeftToWhoeverReadsItAsAWhole() throws IOException {
    EncodedBatch batch = batch(Compression.NONE, 3);
    ByteBuffer block = batch.block();
    try (ArrivingBlocks arriving = arriving(block, batch.length())) {
      assertThat(arriving.next(batch.length(), batch.count() + 1, batch.crc())).isEmpty();
      assertThat(arriving.rest(block.remaining())).isEqualTo(block);
    }
    try (ArrivingBlocks arriving = arriving(block, batch.length())) {
      assertThat(arriving.next(batch.length(), batch.count(), batch.crc() + 1)).isEmpty();
      assertThat(arriving.rest(block.remaining())).isEqualTo(block);
    }
  }

  @Test
  void aStreamThatEndsEarlyIsTroubleOfTheStreamWhereverItEnds() {
    EncodedBatch batch = batch(Compression.NONE, 5);
    EncodedBatch compressed = batch(Compression.LZ4, 5);
    for (int i = 0; i < 300; i++) {
      ByteBuffer block = batch.block().duplicate();
      block.limit(random.nextInt(batch.length()));
      try (ArrivingBlocks arriving = arriving(block, batch.length())) {
        assertThatThrownBy(() -> arriving.next(batch.length(), batch.count(), batch.crc()))
            .as("of %s, seed %s", block, seed)
            .isInstanceOf(EOFException.class);
      }
      ByteBuffer whole = compressed.block().duplicate();
      whole.limit(
          BlockLayout.HEADER_BYTES
              + random.nextInt(compressed.length() - BlockLayout.HEADER_BYTES));
      try (ArrivingBlocks arriving = arriving(whole, compressed.length())) {
        assertThatThrownBy(
                () -> {
                  arriving.next(compressed.length(), compressed.count(), compressed.crc());
                  arriving.rest(compressed.length());
                })
            .as("of %s, seed %s", whole, seed)
            .isInstanceOf(EOFException.class);
      }
    }
  }
}
