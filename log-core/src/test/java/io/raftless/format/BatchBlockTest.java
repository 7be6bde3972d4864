package io.raftless.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchBlockTest {
  private final long seed = Long.getLong("raftless.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private byte @Nullable [] bytes() {
    if (random.nextInt(5) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(300)];
    if (random.nextBoolean()) {
      random.nextBytes(bytes);
    }
    return bytes;
  }

  private List<LogRecord> records(int count) {
    List<LogRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<RecordHeader> headers = new ArrayList<>();
      for (int h = random.nextInt(4); h > 0; h--) {
        headers.add(new RecordHeader("name-" + "é😀x".repeat(random.nextInt(3)), bytes()));
      }
      records.add(new LogRecord(bytes(), bytes(), headers, random.nextLong()));
    }
    return records;
  }

  private static EncodedBatch encode(List<LogRecord> records, Compression compression) {
    BatchBuilder builder = new BatchBuilder();
    records.forEach(builder::add);
    return builder.build(compression);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatGoesInComesOut(Compression compression) {
    for (int round = 0; round < 50; round++) {
      List<LogRecord> records = records(1 + random.nextInt(200));
      EncodedBatch encoded = encode(records, compression);
      BatchBlock block = BatchBlock.parse(encoded.block());
      assertThat(block.records()).as("seed %s", seed).isEqualTo(records);
      assertThat(block.count()).isEqualTo(records.size()).isEqualTo(encoded.count());
      assertThat(block.crc()).isEqualTo(encoded.crc());
      assertThat(block.maxTimestamp())
          .isEqualTo(records.stream().mapToLong(LogRecord::timestamp).max().orElseThrow())
          .isEqualTo(encoded.maxTimestamp());
      assertThat(block.baseTimestamp())
          .isEqualTo(records.stream().mapToLong(LogRecord::timestamp).min().orElseThrow());
    }
  }

  @Test
  void theCanonicalCrcDoesNotDependOnTheCompression() {
    List<LogRecord> records = records(100);
    assertThat(encode(records, Compression.NONE).crc())
        .isEqualTo(encode(records, Compression.LZ4).crc())
        .isEqualTo(encode(records, Compression.ZSTD).crc());
  }

  @Test
  void whatDoesNotGetSmallerIsStoredAsItIs() {
    byte[] noise = new byte[500];
    random.nextBytes(noise);
    EncodedBatch encoded = encode(List.of(LogRecord.of(null, noise, 0)), Compression.ZSTD);
    assertThat(BatchBlock.parse(encoded.block()).compression()).isEqualTo(Compression.NONE);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void everyFlippedBitIsFound(Compression compression) {
    List<LogRecord> records = List.of(LogRecord.of(null, new byte[200], 17));
    ByteBuffer good = encode(records, compression).block();
    for (int bit = 0; bit < good.remaining() * 8; bit++) {
      ByteBuffer bad = ByteBuffer.allocate(good.remaining()).put(good.duplicate()).flip();
      bad.put(bit / 8, (byte) (bad.get(bit / 8) ^ (1 << (bit % 8))));
      assertThatThrownBy(() -> BatchBlock.parse(bad).records())
          .as("bit %s", bit)
          .isInstanceOf(FormatException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void everyCutIsFound(Compression compression) {
    ByteBuffer good = encode(records(3), compression).block();
    for (int length = 0; length < good.remaining(); length++) {
      ByteBuffer cut = good.slice(0, length);
      assertThatThrownBy(() -> BatchBlock.parse(cut).records()).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void anyBytesGiveAFormatExceptionAndNothingElse() {
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(120)];
      random.nextBytes(bytes);
      Throwable thrown = catchThrowable(() -> BatchBlock.parse(ByteBuffer.wrap(bytes)).records());
      assertThat(thrown).as("seed %s", seed).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void anyRecordBytesBehindRightChecksumsGiveRecordsOrAFormatException() {
    for (int round = 0; round < 20_000; round++) {
      byte[] canonical = new byte[random.nextInt(60)];
      random.nextBytes(canonical);
      ByteBuffer block = Forged.block(canonical, 1 + random.nextInt(4), canonical.length);
      Throwable thrown = catchThrowable(() -> BatchBlock.parse(block).records());
      if (thrown != null) {
        assertThat(thrown).as("seed %s", seed).isInstanceOf(FormatException.class);
      }
    }
  }

  @Test
  void aBlockThatClaimsToBeHugeIsRefusedBeforeAnythingIsAllocated() {
    ByteBuffer block = Forged.block(new byte[10], 1, Integer.MAX_VALUE);
    assertThatThrownBy(() -> BatchBlock.parse(block)).isInstanceOf(FormatException.class);
  }

  /** Blocks with right checksums around wrong content. */
  private static final class Forged {
    static ByteBuffer block(byte[] canonical, int count, int claimedLength) {
      ByteBuffer block = ByteBuffer.allocate(BlockLayout.HEADER_BYTES + canonical.length);
      block.putInt(BlockLayout.MAGIC).put(BlockLayout.VERSION).put((byte) 0).putShort((short) 0);
      block.putInt(count).putLong(0).putLong(0).putInt(claimedLength).putInt(canonical.length);
      int crc = BlockLayout.crc32c(canonical, 0, canonical.length);
      block.putInt(crc).putInt(crc);
      block.putInt(BlockLayout.crc32c(block.array(), 0, BlockLayout.CHECKED_BYTES));
      return block.put(canonical).flip();
    }
  }
}
