package io.raftless.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.ArrivingBlocks;
import io.raftless.format.BatchBlock;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.format.ProvenanceList;
import io.raftless.format.RecordHeader;
import io.raftless.format.SegmentFooter;
import io.raftless.format.SegmentObject;
import io.raftless.format.SegmentSettings;
import io.raftless.format.SegmentWriter;
import io.raftless.format.WalObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/**
 * Any bytes at all, and valid ones with damage of every kind, give a value or a FormatException.
 * The checksums are made right again after the damage, so that what is behind them is reached.
 */
class BinaryDecodersTest {
  private static final UUID INCARNATION = UUID.fromString("01900000-0000-7000-8000-000000000001");
  private static final UUID LABEL = UUID.fromString("01900000-0000-7000-8000-0000000000ab");

  /** Makes the checksums of damaged bytes right, as far as they can be found. */
  private interface Repair {
    void on(ByteBuffer bytes);
  }

  /** A structure: an example of it, how to read all of it, and where its checksums are. */
  private static final class Structure {
    private final String name;
    private final byte[] valid;
    private final Consumer<ByteBuffer> decoder;
    private final Repair repair;

    Structure(String name, byte[] valid, Consumer<ByteBuffer> decoder, Repair repair) {
      this.name = name;
      this.valid = valid;
      this.decoder = decoder;
      this.repair = repair;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Structure> STRUCTURES =
      List.of(
          new Structure(
              "block none",
              bytes(block(Compression.NONE, 3)),
              bytes -> BatchBlock.parse(bytes).records(),
              BinaryDecodersTest::repairBlock),
          new Structure(
              "block none, while it arrives",
              bytes(batch(Compression.NONE, 3, "abc".repeat(150)).block()),
              BinaryDecodersTest::decodeArriving,
              BinaryDecodersTest::repairBlock),
          new Structure(
              "block lz4",
              bytes(block(Compression.LZ4, 3)),
              bytes -> BatchBlock.parse(bytes).records(),
              BinaryDecodersTest::repairBlock),
          new Structure(
              "block zstd",
              bytes(block(Compression.ZSTD, 3)),
              bytes -> BatchBlock.parse(bytes).records(),
              BinaryDecodersTest::repairBlock),
          new Structure(
              "wal directory",
              bytes(walObject()),
              BinaryDecodersTest::decodeWal,
              BinaryDecodersTest::repairWal),
          new Structure(
              "wal directory of what was written out",
              bytes(writtenOut()),
              BinaryDecodersTest::decodeWal,
              BinaryDecodersTest::repairWal),
          new Structure(
              "provenance",
              bytes(sources().encode()),
              bytes -> {
                ProvenanceList list = ProvenanceList.decode(bytes);
                assertThat(ProvenanceList.decode(list.encode()).maxLabel())
                    .isEqualTo(list.maxLabel());
              },
              bytes -> checksum(bytes, 0, bytes.limit() - 4, bytes.limit() - 4)),
          new Structure(
              "provenance with origins",
              bytes(sourcesWithOrigins().encode()),
              bytes -> {
                ProvenanceList list = ProvenanceList.decode(bytes);
                ProvenanceList again = ProvenanceList.decode(list.encode());
                assertThat(again.hasSameBatches(list)).isTrue();
                for (int i = 0; i < list.size(); i++) {
                  assertThat(again.origin(i)).isEqualTo(list.origin(i));
                }
              },
              bytes -> checksum(bytes, 0, bytes.limit() - 4, bytes.limit() - 4)),
          new Structure(
              "segment footer",
              bytes(footerOf(segment())),
              bytes -> {
                SegmentFooter footer = SegmentFooter.decode(bytes, segment().objectBytes());
                for (SegmentFooter.Block block : footer.blocks()) {
                  assertThat(footer.blockAt(block.baseOffset())).isEqualTo(block);
                }
                assertThat(footer.objectBytes()).isEqualTo(segment().objectBytes());
              },
              BinaryDecodersTest::repairSegment),
          new Structure(
              "segment",
              bytes(segment().body()),
              bytes -> SegmentObject.parse(bytes).verify(),
              bytes -> {
                repairSegment(bytes);
                checksum(bytes, 0, 52, 52);
              }));

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static EncodedBatch batch(Compression compression, int records) {
    return batch(compression, records, "abc".repeat(20));
  }

  private static EncodedBatch batch(Compression compression, int records, String value) {
    BatchBuilder builder = new BatchBuilder();
    for (int i = 0; i < records; i++) {
      byte[] text = value.getBytes(StandardCharsets.UTF_8);
      builder.add(
          new LogRecord(
              i % 2 == 0 ? text : null, text, List.of(new RecordHeader("name", null)), i * 1000L));
    }
    return builder.build(compression);
  }

  private static ByteBuffer block(Compression compression, int records) {
    return batch(compression, records).block();
  }

  private static ByteBuffer walObject() {
    TreeMap<Integer, EncodedBatch> batches = new TreeMap<>();
    batches.put(0, batch(Compression.LZ4, 2));
    batches.put(3, batch(Compression.NONE, 1));
    batches.put(9, batch(Compression.NONE, 1));
    return WalObject.assemble(INCARNATION, LABEL, batches).body();
  }

  private static ByteBuffer writtenOut() {
    List<WalObject.Batch> batches =
        List.of(
            new WalObject.Batch(LABEL, block(Compression.NONE, 1)),
            new WalObject.Batch(INCARNATION, block(Compression.LZ4, 2)));
    return WalObject.assemble(INCARNATION, LABEL, 3, batches).body();
  }

  /** As it is decoded as a whole, or not at all. */
  private static void decodeArriving(ByteBuffer bytes) {
    BatchBlock whole = BatchBlock.parse(bytes);
    InputStream stream = new ByteArrayInputStream(bytes(bytes));
    try (ArrivingBlocks arriving = new ArrivingBlocks(stream, bytes.remaining())) {
      var records = arriving.next(bytes.remaining(), whole.count(), whole.crc());
      if (records.isPresent()) {
        assertThat(records).contains(whole.records());
      } else {
        assertThat(arriving.rest(bytes.remaining())).isEqualTo(bytes);
        whole.records();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void decodeWal(ByteBuffer bytes) {
    WalObject directory = WalObject.parse(bytes);
    long end = directory.blocks().get(0).position();
    long headerBytes = bytes.get(4) == 1 ? 12 : 28;
    assertThat(end).isEqualTo(44 + headerBytes * directory.blocks().size() + 4);
    for (WalObject.Block block : directory.blocks()) {
      assertThat(block.position()).isEqualTo((int) end);
      end += block.length();
    }
  }

  private static ProvenanceList sourcesWithOrigins() {
    return ProvenanceList.builder(INCARNATION, 3, 1000)
        .add(LABEL, 7, 1, new Origin("writer", 5))
        .add(INCARNATION, 1, -1)
        .add(LABEL, 99, 0, new Origin("ü", 1L << 40))
        .add(LABEL, 2, 0, new Origin("writer", 5))
        .build();
  }

  private static ProvenanceList sources() {
    return ProvenanceList.builder(INCARNATION, 3, 1000)
        .add(LABEL, 7, 1)
        .add(INCARNATION, 1, -1)
        .add(LABEL, 99, 0)
        .build();
  }

  private static SegmentObject segment() {
    return Segments.SEGMENT;
  }

  /** Made once. */
  private static final class Segments {
    static final SegmentObject SEGMENT = make();

    private static SegmentObject make() {
      SegmentWriter writer =
          new SegmentWriter(
              INCARNATION, LABEL, 3, 1000, 1000, 0, new SegmentSettings(1024, Compression.LZ4, 3));
      for (int i = 1; i < 12; i++) {
        EncodedBatch batch = batch(i % 3 == 0 ? Compression.NONE : Compression.ZSTD, i);
        writer.addSource(new UUID(0x7000, i), batch.count(), batch.crc(), batch.block());
      }
      return writer.finish();
    }
  }

  private static ByteBuffer footerOf(SegmentObject segment) {
    return segment
        .body()
        .slice(segment.objectBytes() - segment.footerBytes(), segment.footerBytes());
  }

  private static int crc(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }

  private static void checksum(ByteBuffer bytes, int from, int length, int at) {
    if (from >= 0 && length >= 0 && at >= from + length && at + 4 <= bytes.limit()) {
      bytes.putInt(at, crc(bytes, from, length));
    }
  }

  private static void repairBlock(ByteBuffer bytes) {
    int stored = bytes.limit() - 48;
    if (stored >= 0) {
      bytes.putInt(32, stored);
      bytes.putInt(36, crc(bytes, 48, stored));
      if (bytes.get(5) == 0) {
        bytes.putInt(40, crc(bytes, 48, stored));
      }
      checksum(bytes, 0, 44, 44);
    }
  }

  private static void repairWal(ByteBuffer bytes) {
    if (bytes.limit() >= 44) {
      long end = 44 + (bytes.get(4) == 2 ? 28L : 12L) * bytes.getInt(40);
      if (end >= 44 && end <= bytes.limit() - 4) {
        checksum(bytes, 0, (int) end, (int) end);
      }
    }
  }

  private static void repairSegment(ByteBuffer bytes) {
    int trailer = bytes.limit() - 104;
    if (trailer < 0) {
      return;
    }
    long rows = 20L * bytes.getInt(trailer + 52);
    if (rows >= 0 && rows <= trailer) {
      bytes.putInt(trailer + 88, crc(bytes, trailer - (int) rows, (int) rows));
      long sources = 24L * bytes.getInt(trailer + 72);
      if (sources >= 0 && sources <= trailer - rows) {
        bytes.putInt(trailer + 76, crc(bytes, (int) (trailer - rows - sources), (int) sources));
      }
    }
    checksum(bytes, trailer, 100, trailer + 100);
  }

  @Provide
  Arbitrary<Structure> structures() {
    return Arbitraries.of(STRUCTURES);
  }

  @Provide
  Arbitrary<List<Mutation>> damage() {
    return Mutation.any().list().ofMinSize(1).ofMaxSize(3);
  }

  @Provide
  Arbitrary<byte[]> noise() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(400);
  }

  @Property(tries = 20)
  void whatIsNotDamagedIsRead(@ForAll("structures") Structure structure) {
    ByteBuffer repaired = ByteBuffer.wrap(structure.valid.clone());
    structure.repair.on(repaired);
    assertThat(repaired.array()).isEqualTo(structure.valid);
    structure.decoder.accept(repaired);
  }

  @Property(tries = 3000)
  void noiseIsRefused(@ForAll("structures") Structure structure, @ForAll("noise") byte[] noise) {
    assertThat(AnyBytes.decode(noise, structure.decoder)).isFalse();
  }

  @Property(tries = 3000)
  void noiseBehindARightBeginningIsRefusedOrRead(
      @ForAll("structures") Structure structure, @ForAll @Size(max = 400) byte[] noise) {
    byte[] bytes = structure.valid.clone();
    System.arraycopy(
        noise,
        0,
        bytes,
        bytes.length - Math.min(noise.length, bytes.length / 2),
        Math.min(noise.length, bytes.length / 2));
    AnyBytes.decode(bytes, structure.decoder);
    ByteBuffer repaired = ByteBuffer.wrap(bytes);
    structure.repair.on(repaired);
    AnyBytes.decode(bytes, structure.decoder);
  }

  @Property(tries = 10_000)
  void damageIsRefused(
      @ForAll("structures") Structure structure, @ForAll("damage") List<Mutation> damage) {
    byte[] bytes = damaged(structure.valid, damage);
    AnyBytes.decode(bytes, structure.decoder);
  }

  @Property(tries = 20_000)
  void damageBehindRightChecksumsIsRefusedOrRead(
      @ForAll("structures") Structure structure, @ForAll("damage") List<Mutation> damage) {
    byte[] bytes = damaged(structure.valid, damage);
    structure.repair.on(ByteBuffer.wrap(bytes));
    AnyBytes.decode(bytes, structure.decoder);
  }

  private static byte[] damaged(byte[] valid, List<Mutation> damage) {
    byte[] bytes = valid;
    for (Mutation mutation : damage) {
      bytes = mutation.on(bytes);
    }
    return bytes.clone();
  }
}
