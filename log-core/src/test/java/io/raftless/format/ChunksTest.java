package io.raftless.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChunksTest {
  private static final int RECORDS = 200;

  private final Chunks chunks = new Chunks(64L << 20);

  private static List<LogRecord> records(long seed) {
    Random random = new Random(seed);
    List<LogRecord> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      byte[] value = new byte[1 + random.nextInt(4_000)];
      random.nextBytes(value);
      records.add(LogRecord.of(null, value, i));
    }
    return records;
  }

  private static List<ByteBuffer> values(List<LogRecord> records) {
    return records.stream().map(record -> ByteBuffer.wrap(record.value())).toList();
  }

  private static void assertHolds(EncodedBatch batch, long seed) {
    assertThat(values(BatchBlock.parse(batch.block()).records())).isEqualTo(values(records(seed)));
  }

  private EncodedBatch batch(long seed) {
    BatchBuilder builder = new BatchBuilder(chunks);
    records(seed).forEach(builder::add);
    return builder.build(Compression.NONE);
  }

  @Test
  void batchesThatGrowSideBySideShareNoMemory() {
    BatchBuilder one = new BatchBuilder(chunks);
    BatchBuilder other = new BatchBuilder(chunks);
    List<LogRecord> ofOne = records(1);
    List<LogRecord> ofOther = records(2);
    for (int i = 0; i < RECORDS; i++) {
      one.add(ofOne.get(i));
      other.add(ofOther.get(i));
    }
    EncodedBatch first = one.build(Compression.NONE);
    EncodedBatch second = other.build(Compression.NONE);
    assertHolds(first, 1);
    assertHolds(second, 2);
  }

  @Test
  void whatIsReleasedIsUsedAgainAndWhatIsNotStaysAsItIs() {
    EncodedBatch released = batch(1);
    EncodedBatch kept = batch(2);
    List<byte[]> before = released.parts().stream().map(ByteBuffer::array).toList();
    released.release();
    EncodedBatch next = batch(3);
    assertThat(next.parts().stream().map(ByteBuffer::array)).anyMatch(before::contains);
    assertHolds(kept, 2);
    assertHolds(next, 3);
  }

  @Test
  void whatIsCompressedGivesBackAtOnceWhatItDoesNotNeed() {
    BatchBuilder builder = new BatchBuilder(chunks);
    byte[] same = new byte[1_000];
    for (int i = 0; i < 1_000; i++) {
      builder.add(LogRecord.of(null, same, i));
    }
    EncodedBatch compressed = builder.build(Compression.LZ4);
    EncodedBatch next = batch(4);
    assertThat(BatchBlock.parse(compressed.block()).records())
        .allSatisfy(record -> assertThat(record.value()).isEqualTo(same));
    assertHolds(next, 4);
  }

  /**
   * Of four letters: a part as large when compressed, and several chunks still if there are many.
   */
  private static List<LogRecord> letters(int count) {
    Random random = new Random(count);
    List<LogRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[500];
      for (int at = 0; at < value.length; at++) {
        value[at] = (byte) "acgt".charAt(random.nextInt(4));
      }
      records.add(LogRecord.of(null, value, i));
    }
    return records;
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"LZ4", "ZSTD"})
  void whatIsCompressedIsInTheMemoryThatItWasInAndTheRestIsFree(Compression compression) {
    for (int count : new int[] {1, 2, 5, 50, 130, 131, 262, 263, 1_000, 3_000}) {
      List<LogRecord> records = letters(count);
      BatchBuilder builder = new BatchBuilder(chunks);
      records.forEach(builder::add);
      EncodedBatch batch = builder.build(compression);

      List<byte[]> arrays = batch.parts().stream().map(ByteBuffer::array).toList();
      int free = scribbleOverWhatIsFree(arrays);

      assertThat(values(BatchBlock.parse(batch.block()).records()))
          .as("%s records", count)
          .isEqualTo(values(records));
      assertThat(arrays.stream().mapToInt(array -> array.length).sum()).isEqualTo(batch.length());
      batch.release();
      long ofBatch = arrays.stream().filter(array -> array.length == Chunks.CHUNK_BYTES).count();
      assertThat(scribbleOverWhatIsFree(List.of())).isEqualTo(free + (int) ofBatch);
      chunks.keepAtMost(0);
    }
  }

  /** How many chunks are free; none may be one of these. */
  private int scribbleOverWhatIsFree(List<byte[]> used) {
    Set<byte[]> free = Collections.newSetFromMap(new IdentityHashMap<>());
    while (true) {
      byte[] chunk = chunks.take();
      if (allZero(chunk)) {
        break; // A new one: nothing is free any more.
      }
      assertThat(used.stream().noneMatch(array -> array == chunk)).as("is free").isTrue();
      assertThat(free.add(chunk)).as("free only once").isTrue();
      Arrays.fill(chunk, (byte) -1);
    }
    free.forEach(chunks::give);
    return free.size();
  }

  private static boolean allZero(byte[] chunk) {
    for (byte b : chunk) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  @Test
  void whatIsFreeIsGivenUpWhenItsRoomIsNeeded() {
    List<byte[]> taken = List.of(chunks.take(), chunks.take(), chunks.take());
    taken.forEach(chunks::give);
    chunks.keepAtMost(2 * Chunks.CHUNK_BYTES + 1);
    assertThat(List.of(chunks.take(), chunks.take(), chunks.take()))
        .as("two of those before")
        .filteredOn(taken::contains)
        .hasSize(2);
    taken.forEach(chunks::give);
    chunks.keepAtMost(-1);
    byte[] next = chunks.take();
    assertThat(taken.stream().anyMatch(one -> one == next)).as("one of those before").isFalse();
  }
}
