package io.raftless.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SegmentTest {
  private static final UUID INCARNATION = UUID.fromString("01900000-0000-7000-8000-000000000001");
  private static final UUID SEGMENT = UUID.fromString("01900000-0000-7000-8000-0000000000ab");
  private static final SegmentSettings SMALL = new SegmentSettings(1024, Compression.NONE, 3);

  private static UUID label(int number) {
    return new UUID(0x7000L, 0x8000_0000_0000_0000L + number);
  }

  /** Records of 100 bytes that do not compress, with ascending timestamps. */
  private static EncodedBatch batch(int firstTimestamp, int count) {
    BatchBuilder builder = new BatchBuilder();
    new Random(firstTimestamp)
        .ints(count)
        .forEach(seed -> builder.add(record(seed, firstTimestamp + builder.count())));
    return builder.build(Compression.NONE);
  }

  private static LogRecord record(int seed, long timestamp) {
    byte[] value = new byte[90];
    new Random(seed).nextBytes(value);
    return LogRecord.of(null, value, timestamp);
  }

  private static SegmentWriter writer(long sourcesOffset, long dataOffset) {
    return new SegmentWriter(INCARNATION, SEGMENT, 3, sourcesOffset, dataOffset, 0, SMALL);
  }

  private static void add(SegmentWriter writer, int number, EncodedBatch batch) {
    writer.addSource(label(number), batch.count(), batch.crc(), batch.block());
  }

  private static SegmentObject tenSmallBatches() {
    SegmentWriter writer = writer(100, 100);
    for (int i = 0; i < 10; i++) {
      add(writer, i, batch(i * 1000, 3));
    }
    return writer.finish();
  }

  private static List<LogRecord> records(SegmentObject segment) {
    List<LogRecord> records = new ArrayList<>();
    segment.footer().blocks().forEach(block -> records.addAll(segment.block(block).records()));
    return records;
  }

  @Test
  void smallBlocksAreMerged() {
    SegmentObject segment = tenSmallBatches();
    assertThat(segment.footer().blocks())
        .hasSize(4)
        .extracting("count")
        .containsExactly(9, 9, 9, 3);
    assertThat(segment.sources().size()).isEqualTo(10);
    SegmentObject read = SegmentObject.parse(segment.body());
    read.verify();
    List<LogRecord> expected = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      expected.addAll(BatchBlock.parse(batch(i * 1000, 3).block()).records());
    }
    assertThat(records(read)).isEqualTo(expected);
  }

  @Test
  void aLargeBlockIsCopiedAsItIs() {
    EncodedBatch large = batch(0, 5);
    SegmentWriter writer = writer(0, 0);
    add(writer, 1, batch(7, 1));
    add(writer, 2, large);
    add(writer, 3, batch(8, 1));
    SegmentObject segment = writer.finish();
    assertThat(segment.footer().blocks()).extracting("count").containsExactly(1, 5, 1);
    SegmentFooter.Block block = segment.footer().blockAt(1);
    assertThat(segment.body().slice((int) block.position(), block.length()))
        .isEqualTo(large.block());
    SegmentObject.parse(segment.body()).verify();
  }

  @Test
  void aBlockThatBecomesLargeWhenItIsUncompressedIsCopiedAsItIs() {
    BatchBuilder builder = new BatchBuilder();
    builder.add(LogRecord.of(null, new byte[5000], 0));
    EncodedBatch zeros = builder.build(Compression.LZ4);
    assertThat(zeros.block().remaining()).isLessThan(512);
    SegmentWriter writer = writer(0, 0);
    add(writer, 1, zeros);
    add(writer, 2, batch(8, 1));
    add(writer, 3, batch(9, 1));
    SegmentObject segment = writer.finish();
    assertThat(segment.footer().blocks()).extracting("count").containsExactly(1, 2);
    assertThat(segment.block(segment.footer().blocks().get(0)).compression())
        .isEqualTo(Compression.LZ4);
    segment.verify();
  }

  @Test
  void theFooterIsReadFromTheLastBytesAlone() {
    SegmentObject segment = tenSmallBatches();
    int from = segment.objectBytes() - segment.footerBytes();
    SegmentFooter footer =
        SegmentFooter.decode(
            segment.body().slice(from, segment.footerBytes()), segment.objectBytes());
    assertThat(footer.blocks()).isEqualTo(segment.footer().blocks());
    assertThat(footer.label()).isEqualTo(SEGMENT);
    assertThat(footer.incarnation()).isEqualTo(INCARNATION);
    assertThat(footer.partition()).isEqualTo(3);
    assertThat(footer.baseOffset()).isEqualTo(100);
    assertThat(footer.endOffset()).isEqualTo(130);
    assertThat(footer.maxTimestamp()).isEqualTo(9002);
    ByteBuffer section =
        segment.body().slice((int) footer.sourcesPosition(), (int) footer.sourcesBytes());
    assertThat(footer.decodeSources(section).indexOf(label(9))).isEqualTo(9);
  }

  @Test
  void aFooterOfAnObjectOfAnotherSizeIsRefused() {
    SegmentObject segment = tenSmallBatches();
    assertThatThrownBy(() -> SegmentFooter.decode(segment.body(), segment.objectBytes() + 1L))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(
            () ->
                SegmentFooter.decode(
                    segment
                        .body()
                        .slice(
                            segment.objectBytes() - segment.footerBytes() + 1,
                            segment.footerBytes() - 1),
                    segment.objectBytes()))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void blocksAreFoundByOffset() {
    SegmentFooter footer = tenSmallBatches().footer();
    assertThat(footer.blockAt(100).baseOffset()).isEqualTo(100);
    assertThat(footer.blockAt(108).baseOffset()).isEqualTo(100);
    assertThat(footer.blockAt(109).baseOffset()).isEqualTo(109);
    assertThat(footer.blockAt(129).baseOffset()).isEqualTo(127);
    assertThatThrownBy(() -> footer.blockAt(99)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> footer.blockAt(130)).isInstanceOf(IllegalArgumentException.class);
    assertThat(footer.blocksFrom(0)).isEqualTo(footer.blocks());
    assertThat(footer.blocksFrom(110)).isEqualTo(footer.blocks().subList(1, 4));
    assertThat(footer.blocksFrom(130)).isEmpty();
  }

  @Test
  void blocksAreFoundByTimeAlsoWhenTimestampsDoNotAscend() {
    SegmentWriter writer = writer(0, 0);
    add(writer, 1, batch(500, 5));
    add(writer, 2, batch(100, 5));
    add(writer, 3, batch(900, 5));
    SegmentFooter footer = writer.finish().footer();
    assertThat(footer.firstBlockAtOrAfterTime(Long.MIN_VALUE)).contains(footer.blockAt(0));
    assertThat(footer.firstBlockAtOrAfterTime(104)).contains(footer.blockAt(0));
    assertThat(footer.firstBlockAtOrAfterTime(504)).contains(footer.blockAt(0));
    assertThat(footer.firstBlockAtOrAfterTime(505)).contains(footer.blockAt(10));
    assertThat(footer.firstBlockAtOrAfterTime(905)).isEmpty();
  }

  @Test
  void segmentsAreMergedWithoutTheirSourcesBeingThereAsBlocks() {
    SegmentObject first = tenSmallBatches();
    SegmentWriter second = writer(130, 130);
    add(second, 10, batch(10_000, 2));
    add(second, 11, batch(11_000, 2));
    SegmentObject small = second.finish();

    SegmentWriter merged = writer(100, 100);
    for (SegmentObject segment : List.of(first, small)) {
      merged.addSources(segment.sources());
      segment.footer().blocks().forEach(block -> merged.addBlock(segment.block(block).bytes()));
    }
    add(merged, 12, batch(12_000, 1));
    SegmentObject result = SegmentObject.parse(merged.finish().body());
    result.verify();
    assertThat(result.sources().size()).isEqualTo(13);
    assertThat(result.footer().endOffset()).isEqualTo(135);
    assertThat(result.footer().blocks()).extracting("count").containsExactly(9, 9, 9, 8);
    assertThat(ProvenanceList.concat(List.of(first.sources(), small.sources())).encode())
        .isEqualTo(
            ProvenanceList.builder(INCARNATION, 3, 100)
                .addAll(first.sources())
                .addAll(small.sources())
                .build()
                .encode());
  }

  @Test
  void sourcesMayBeginBeforeTheRecords() {
    SegmentWriter writer = writer(90, 97);
    writer.addSources(
        ProvenanceList.builder(INCARNATION, 3, 90).add(label(1), 5, 1).add(label(2), 2, 2).build());
    add(writer, 3, batch(0, 4));
    SegmentObject segment = SegmentObject.parse(writer.finish().body());
    segment.verify();
    assertThat(segment.footer().sourcesBaseOffset()).isEqualTo(90);
    assertThat(segment.footer().baseOffset()).isEqualTo(97);
    assertThat(segment.footer().endOffset()).isEqualTo(101);
    assertThat(segment.sources().baseOffset()).isEqualTo(90);
  }

  @Test
  void aSourceThatBeginsBelowTheRecordsIsNotChecked() {
    EncodedBatch rest = batch(0, 3);
    SegmentWriter writer = writer(90, 92);
    writer.addSources(ProvenanceList.builder(INCARNATION, 3, 90).add(label(1), 5, 77).build());
    writer.addBlock(rest.block());
    add(writer, 2, batch(1, 2));
    writer.finish().verify();
  }

  @Test
  void aSourceThatIsNotWhatTheIndexSaysIsNamed() {
    EncodedBatch batch = batch(0, 3);
    assertThatThrownBy(() -> writer(50, 50).addSource(label(1), 3, batch.crc() + 1, batch.block()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(label(1).toString())
        .hasMessageContaining("offsets 50 to 52");
    assertThatThrownBy(() -> writer(50, 50).addSource(label(1), 4, batch.crc(), batch.block()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(label(1).toString());
  }

  @Test
  void damageIsFoundWhetherABlockIsMergedOrCopied() {
    for (int count : new int[] {3, 8}) {
      EncodedBatch batch = batch(0, count);
      ByteBuffer damaged =
          ByteBuffer.allocate(batch.block().remaining()).put(batch.block().duplicate()).flip();
      damaged.put(100, (byte) (damaged.get(100) + 1));
      assertThatThrownBy(() -> writer(0, 0).addSource(label(1), count, batch.crc(), damaged))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(label(1).toString());
      assertThatThrownBy(() -> writer(7, 7).addBlock(damaged))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("offset 7");
    }
  }

  @Test
  void alteredLostReorderedAndForeignRecordsAreFoundByTheirSources() {
    EncodedBatch one = batch(1, 2);
    EncodedBatch two = batch(2, 2);
    EncodedBatch other = batch(3, 2);
    ProvenanceList sources =
        ProvenanceList.builder(INCARNATION, 3, 10)
            .add(label(1), 2, one.crc())
            .add(label(2), 2, two.crc())
            .build();
    check(sources, one, two);
    assertThatThrownBy(() -> check(sources, one, other))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("source 1 (" + label(2) + ", offsets 12 to 13)");
    assertThatThrownBy(() -> check(sources, two, one))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("source 0 (" + label(1) + ", offsets 10 to 11)");
    assertThatThrownBy(() -> check(sources, one))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("missing from offset 12");
    assertThatThrownBy(() -> check(sources, one, two, other))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("end at offset 14");
  }

  private static void check(ProvenanceList sources, EncodedBatch... batches) {
    SourceCheck check = new SourceCheck(sources, 10);
    for (EncodedBatch batch : batches) {
      check.feed(BatchBlock.parse(batch.block()));
    }
    check.finish();
  }

  @Test
  void aWholeBlockInAWrongPlaceIsFound() {
    SegmentObject segment = tenSmallBatches();
    SegmentFooter.Block first = segment.footer().blocks().get(0);
    SegmentFooter.Block second = segment.footer().blocks().get(1);
    ByteBuffer wrong = segment.body().slice((int) first.position(), first.length());
    SegmentFooter.Block claimed =
        new SegmentFooter.Block(
            second.baseOffset(),
            first.count(),
            second.position(),
            first.length(),
            first.maxTimestamp(),
            second.crc());
    assertThatThrownBy(() -> claimed.parse(wrong))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("offset 109");
  }

  @Test
  void sourcesAndRecordsMustEndTogether() {
    SegmentWriter writer = writer(0, 0);
    writer.addBlock(batch(0, 2).block());
    assertThatThrownBy(() -> add(writer, 1, batch(1, 1))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> writer(0, 0).finish()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theWriterSaysHowMuchItHolds() {
    SegmentWriter writer = writer(5, 5);
    long empty = writer.storedBytes();
    EncodedBatch small = batch(3, 2);
    add(writer, 1, small);
    assertThat(writer.storedBytes()).isEqualTo(empty + small.block().remaining());
    assertThat(writer.count()).isEqualTo(2);
    assertThat(writer.endOffset()).isEqualTo(7);
    assertThat(writer.maxTimestamp()).isEqualTo(4);
    EncodedBatch large = batch(1, 9);
    add(writer, 2, large);
    assertThat(writer.storedBytes())
        .isEqualTo(empty + small.block().remaining() + large.block().remaining());
    assertThat(writer.maxTimestamp()).isEqualTo(9);
  }

  @Test
  void anObjectThatWasExpectedToBeLargeGrowsWithoutBeingCopied() {
    SegmentWriter writer = new SegmentWriter(INCARNATION, SEGMENT, 3, 0, 0, 10 << 20, SMALL);
    add(writer, 1, batch(0, 50));
    assertThat(writer.finish().body().array().length).isGreaterThan(10 << 20);
  }

  @Test
  void listsOfOtherPartitionsOrOffsetsAreNotJoined() {
    ProvenanceList first = ProvenanceList.builder(INCARNATION, 3, 0).add(label(1), 2, 3).build();
    ProvenanceList gap = ProvenanceList.builder(INCARNATION, 3, 3).add(label(2), 2, 3).build();
    ProvenanceList foreign = ProvenanceList.builder(INCARNATION, 4, 2).add(label(2), 2, 3).build();
    ProvenanceList older = ProvenanceList.builder(SEGMENT, 3, 2).add(label(2), 2, 3).build();
    for (ProvenanceList second : List.of(gap, foreign, older)) {
      assertThatThrownBy(() -> ProvenanceList.concat(List.of(first, second)))
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void labelsAreComparedUnsigned() {
    UUID low = new UUID(0x7000L, 0x8000_0000_0000_0000L);
    UUID high = new UUID(0xFFFF_0000_0000_7000L, 0x8000_0000_0000_0000L);
    ProvenanceList list =
        ProvenanceList.builder(INCARNATION, 0, 0)
            .add(high, 1, 0)
            .add(low, 1, 0)
            .add(label(5), 1, 0)
            .build();
    assertThat(list.minLabel()).isEqualTo(low);
    assertThat(list.maxLabel()).isEqualTo(high);
  }

  @Test
  void aLevelOfZstdMakesSmallerOrLargerBlocks() {
    BatchBuilder fast = new BatchBuilder();
    BatchBuilder small = new BatchBuilder();
    for (int i = 0; i < 5000; i++) {
      LogRecord record =
          LogRecord.of(
              null,
              ("{\"user\":" + (i * 7919 % 1000) + ",\"n\":" + i + "}")
                  .getBytes(StandardCharsets.UTF_8),
              i);
      fast.add(record);
      small.add(record);
    }
    EncodedBatch first = fast.build(Compression.ZSTD, 1);
    EncodedBatch best = small.build(Compression.ZSTD, 19);
    assertThat(best.block().remaining()).isLessThan(first.block().remaining());
    assertThat(best.crc()).isEqualTo(first.crc());
    assertThatThrownBy(() -> new BatchBuilder().build(Compression.ZSTD, 23))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("23");
  }
}
