package io.raftless.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Pins the byte layout of docs/format.md: what was written once must be readable for good. A change
 * of these vectors is a new format version.
 */
class TestVectorTest {
  private static final UUID INCARNATION = UUID.fromString("01900000-0000-7000-8000-000000000001");
  private static final UUID LABEL = UUID.fromString("01900000-0000-7000-8000-0000000000ab");
  private static final UUID OTHER = UUID.fromString("01900000-0000-7000-8000-000000000002");

  static final List<LogRecord> RECORDS =
      List.of(
          LogRecord.of(utf8("key"), utf8("value"), 1_517_966_773_840L),
          LogRecord.of(null, null, -1),
          new LogRecord(
              new byte[0],
              utf8("a".repeat(200)),
              List.of(new RecordHeader("line", utf8("7")), new RecordHeader("ü", null)),
              0));

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer vector(String name) throws IOException {
    Properties vectors = new Properties();
    try (InputStream in = TestVectorTest.class.getResourceAsStream("test-vectors.properties")) {
      vectors.load(in);
    }
    return ByteBuffer.wrap(HexFormat.of().parseHex(vectors.getProperty(name)));
  }

  static EncodedBatch encode(Compression compression) {
    BatchBuilder builder = new BatchBuilder();
    RECORDS.forEach(builder::add);
    return builder.build(compression);
  }

  static ByteBuffer walObject() {
    SortedMap<Integer, EncodedBatch> batches = new TreeMap<>();
    batches.put(0, encode(Compression.NONE));
    batches.put(7, encode(Compression.NONE));
    return WalObject.assemble(INCARNATION, LABEL, batches).body();
  }

  @Test
  void blocksOfEveryCompressionAreReadAsTheyWereWritten() throws IOException {
    for (String name : List.of("none", "lz4", "zstd")) {
      BatchBlock block = BatchBlock.parse(vector("block." + name));
      assertThat(block.compression().name()).isEqualToIgnoringCase(name);
      assertThat(block.records()).isEqualTo(RECORDS);
    }
  }

  @Test
  void anUncompressedBlockIsWrittenByteForByte() throws IOException {
    assertThat(encode(Compression.NONE).block()).isEqualTo(vector("block.none"));
  }

  @Test
  void aWalObjectIsWrittenAndReadByteForByte() throws IOException {
    assertThat(walObject()).isEqualTo(vector("wal"));
    WalObject directory = WalObject.parse(vector("wal"));
    assertThat(directory.label()).isEqualTo(LABEL);
    assertThat(directory.incarnation()).isEqualTo(INCARNATION);
    assertThat(directory.blocks()).extracting("partition").containsExactly(0, 7);
    assertThat(directory.blocks()).extracting("batch").containsOnly(LABEL);
    for (WalObject.Block place : directory.blocks()) {
      ByteBuffer block = vector("wal").slice(place.position(), place.length());
      assertThat(BatchBlock.parse(block).records()).isEqualTo(RECORDS);
    }
  }

  /** What was written out of a head: two batches of partition 7. */
  static ByteBuffer writtenOut() {
    ByteBuffer block = encode(Compression.NONE).block();
    return WalObject.assemble(
            INCARNATION,
            LABEL,
            7,
            List.of(new WalObject.Batch(INCARNATION, block), new WalObject.Batch(OTHER, block)))
        .body();
  }

  @Test
  void aWalObjectThatWasWrittenOutOfAHeadIsWrittenAndReadByteForByte() throws IOException {
    assertThat(writtenOut()).isEqualTo(vector("wal.writtenOut"));
    WalObject directory = WalObject.parse(vector("wal.writtenOut"));
    assertThat(directory.label()).isEqualTo(LABEL);
    assertThat(directory.blocks()).extracting("partition").containsExactly(7, 7);
    assertThat(directory.blocks()).extracting("batch").containsExactly(INCARNATION, OTHER);
    for (WalObject.Block place : directory.blocks()) {
      ByteBuffer block = vector("wal.writtenOut").slice(place.position(), place.length());
      assertThat(BatchBlock.parse(block).records()).isEqualTo(RECORDS);
    }
  }

  private static ProvenanceList provenance() {
    return ProvenanceList.builder(INCARNATION, 7, 1000)
        .add(INCARNATION, 5, 0x01020304)
        .add(LABEL, 3, encode(Compression.NONE).crc())
        .build();
  }

  private static ProvenanceList provenanceWithOrigins() {
    Origin old = new Origin("job-7", 3);
    return ProvenanceList.builder(INCARNATION, 7, 1000)
        .add(INCARNATION, 5, 0x01020304, old)
        .add(LABEL, 3, 0x05060708)
        .add(LABEL, 2, 0x090a0b0c, new Origin("jöb", 0x0102030405L))
        .add(LABEL, 1, 0x0d0e0f10, old)
        .build();
  }

  /** One block that was put together, one that was copied, and a source whose records are gone. */
  private static SegmentObject segment() {
    SegmentWriter writer =
        new SegmentWriter(
            INCARNATION, LABEL, 7, 995, 1000, 0, new SegmentSettings(1024, Compression.NONE, 3));
    writer.addSources(
        ProvenanceList.builder(INCARNATION, 7, 995).add(INCARNATION, 5, 0x01020304).build());
    EncodedBatch small = encode(Compression.NONE);
    writer.addSource(LABEL, small.count(), small.crc(), small.block());
    writer.addSource(LABEL, small.count(), small.crc(), small.block());
    BatchBuilder builder = new BatchBuilder();
    builder.add(LogRecord.of(null, new byte[600], 5));
    EncodedBatch large = builder.build(Compression.NONE);
    writer.addSource(INCARNATION, large.count(), large.crc(), large.block());
    return writer.finish();
  }

  @Test
  void aProvenanceListIsWrittenAndReadByteForByte() throws IOException {
    assertThat(provenance().encode()).isEqualTo(vector("provenance"));
    ProvenanceList list = ProvenanceList.decode(vector("provenance"));
    assertThat(list.incarnation()).isEqualTo(INCARNATION);
    assertThat(list.partition()).isEqualTo(7);
    assertThat(list.baseOffset()).isEqualTo(1000);
    assertThat(list.endOffset()).isEqualTo(1008);
    assertThat(list.size()).isEqualTo(2);
    assertThat(list.label(1)).isEqualTo(LABEL);
    assertThat(list.count(0)).isEqualTo(5);
    assertThat(list.baseOffset(1)).isEqualTo(1005);
    assertThat(list.crc(0)).isEqualTo(0x01020304);
  }

  @Test
  void aProvenanceListWithOriginsIsWrittenAndReadByteForByte() throws IOException {
    assertThat(provenanceWithOrigins().encode()).isEqualTo(vector("provenance.origins"));
    ProvenanceList list = ProvenanceList.decode(vector("provenance.origins"));
    assertThat(list.hasSameBatches(provenanceWithOrigins())).isTrue();
    assertThat(list.size()).isEqualTo(4);
    assertThat(list.origin(0)).isEqualTo(new Origin("job-7", 3));
    assertThat(list.origin(1)).isNull();
    assertThat(list.origin(2)).isEqualTo(new Origin("jöb", 0x0102030405L));
    assertThat(list.origin(3)).isEqualTo(list.origin(0));
    assertThat(list.label(3)).isEqualTo(LABEL);
  }

  @Test
  void ofAProvenanceListWithoutOriginsNoneIsKnown() throws IOException {
    ProvenanceList list = ProvenanceList.decode(vector("provenance"));
    assertThat(list.origin(0)).isNull();
    assertThat(list.origin(1)).isNull();
  }

  @Test
  void aSegmentIsWrittenAndReadByteForByte() throws IOException {
    assertThat(segment().body()).isEqualTo(vector("segment"));
    SegmentObject segment = SegmentObject.parse(vector("segment"));
    segment.verify();
    SegmentFooter footer = segment.footer();
    assertThat(footer.incarnation()).isEqualTo(INCARNATION);
    assertThat(footer.label()).isEqualTo(LABEL);
    assertThat(footer.partition()).isEqualTo(7);
    assertThat(footer.baseOffset()).isEqualTo(1000);
    assertThat(footer.endOffset()).isEqualTo(1007);
    assertThat(footer.sourcesBaseOffset()).isEqualTo(995);
    assertThat(footer.blocks()).extracting("count").containsExactly(6, 1);
    List<LogRecord> twice = new ArrayList<>(RECORDS);
    twice.addAll(RECORDS);
    assertThat(segment.block(footer.blocks().get(0)).records()).isEqualTo(twice);
    assertThat(segment.block(footer.blocks().get(1)).records())
        .containsExactly(LogRecord.of(null, new byte[600], 5));
  }
}
