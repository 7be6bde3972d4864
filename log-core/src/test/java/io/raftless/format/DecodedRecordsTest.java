package io.raftless.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records that are made when they are asked for. */
class DecodedRecordsTest {
  private final List<LogRecord> given = new ArrayList<>();

  DecodedRecordsTest() {
    for (int i = 0; i < 100; i++) {
      given.add(
          new LogRecord(
              i % 3 == 0 ? null : ("key " + i).getBytes(UTF_8),
              i % 5 == 0 ? null : "v".repeat(i * i).getBytes(UTF_8),
              i % 2 == 0
                  ? List.of()
                  : List.of(
                      new RecordHeader("name", null),
                      new RecordHeader("other", ("h" + i).getBytes(UTF_8))),
              1_000 - i));
    }
  }

  private ByteBuffer block() {
    BatchBuilder builder = new BatchBuilder();
    given.forEach(builder::add);
    return builder.build(Compression.NONE, Compression.DEFAULT_ZSTD_LEVEL).block();
  }

  @Test
  void theyAreTheRecordsHoweverTheyAreAskedFor() {
    List<LogRecord> records = BatchBlock.parse(block()).records();
    assertThat(records).isInstanceOf(DecodedRecords.class).isEqualTo(given);
    assertThat(records.get(99)).isEqualTo(given.get(99));
    assertThat(records.get(0)).isEqualTo(given.get(0));
    assertThat(records.get(7)).isEqualTo(given.get(7)).isNotSameAs(records.get(7));
    assertThat(records.stream().skip(30).toList()).isEqualTo(given.subList(30, 100));
  }

  @Test
  void partsOfPartsAreNoCopies() {
    List<LogRecord> part = BatchBlock.parse(block()).records().subList(10, 90).subList(5, 20);
    assertThat(part).isInstanceOf(DecodedRecords.class).isEqualTo(given.subList(15, 30));
    assertThat(part.subList(3, 3)).isEmpty();
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> part.get(15));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> part.get(-1));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> part.subList(0, 16));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> part.subList(4, 3));
  }

  @Test
  void whatIsFetchedWithOtherBlocksIsCopied() {
    ByteBuffer block = block();
    byte[] others = new byte[4 * block.remaining()];
    int length = block.remaining();
    block.get(others, length, length);
    List<LogRecord> records =
        BatchBlock.parse(ByteBuffer.wrap(others).slice(length, length)).records();
    Arrays.fill(others, (byte) 0);
    assertThat(records).isEqualTo(given);
  }

  @Test
  void whatMakesNoSenseIsRefusedBeforeAnythingIsHandedOut() {
    BatchBuilder builder = new BatchBuilder();
    given.forEach(builder::add);
    Canonical canonical = BatchBlock.parse(block()).canonicalBytes();
    assertThatThrownBy(() -> DecodedRecords.of(canonical, 99))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("left over after 99 records");
    assertThatThrownBy(() -> DecodedRecords.of(canonical, 101)).isInstanceOf(FormatException.class);
    Canonical cut = new Canonical(canonical.array(), canonical.from(), canonical.length() - 1);
    assertThatThrownBy(() -> DecodedRecords.of(cut, 100)).isInstanceOf(FormatException.class);
  }
}
