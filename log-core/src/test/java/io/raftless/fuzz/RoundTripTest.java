package io.raftless.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.BatchBlock;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.LogRecord;
import io.raftless.format.ProvenanceList;
import io.raftless.format.RecordHeader;
import io.raftless.format.SegmentFooter;
import io.raftless.format.SegmentObject;
import io.raftless.format.SegmentSettings;
import io.raftless.format.SegmentWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** What is written is read, whatever it is. */
class RoundTripTest {
  private static final UUID INCARNATION = UUID.fromString("01900000-0000-7000-8000-000000000001");

  /** A batch as a writer made it. */
  private record Source(UUID label, List<LogRecord> records, EncodedBatch batch) {
    static Source of(long label, List<LogRecord> records, Compression compression, int zstdLevel) {
      BatchBuilder builder = new BatchBuilder();
      records.forEach(builder::add);
      return new Source(new UUID(0x7000L, label), records, builder.build(compression, zstdLevel));
    }

    @Override
    public String toString() {
      return records.size() + " records in " + batch.block().remaining() + " bytes";
    }
  }

  private static Arbitrary<byte @Nullable []> bytes() {
    Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(60);
    Arbitrary<byte[]> zeros = Arbitraries.integers().between(0, 3000).map(size -> new byte[size]);
    return Arbitraries.frequencyOf(Tuple.of(3, noise), Tuple.of(1, zeros)).injectNull(0.1);
  }

  @Provide
  static Arbitrary<List<LogRecord>> records() {
    Arbitrary<RecordHeader> header =
        Combinators.combine(Arbitraries.strings().ofMaxLength(10), bytes())
            .as((name, value) -> new RecordHeader(withoutLoneSurrogates(name), value));
    Arbitrary<LogRecord> record =
        Combinators.combine(bytes(), bytes(), header.list().ofMaxSize(3), Arbitraries.longs())
            .as(LogRecord::new);
    return record.list().ofMinSize(1).ofMaxSize(12);
  }

  /** Names are UTF-8, which has no half characters. */
  private static String withoutLoneSurrogates(String name) {
    return name.codePoints()
        .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Provide
  static Arbitrary<List<Source>> sources() {
    return Combinators.combine(
            Arbitraries.longs().between(1, 1000),
            records(),
            Arbitraries.of(Compression.values()),
            Arbitraries.integers().between(1, 5))
        .as(Source::of)
        .list()
        .ofMinSize(1)
        .ofMaxSize(10);
  }

  @Property(tries = 500)
  void recordsComeOutOfABlockAsTheyWentIn(
      @ForAll("records") List<LogRecord> records,
      @ForAll Compression compression,
      @ForAll @IntRange(min = 1, max = 5) int zstdLevel) {
    Source source = Source.of(1, records, compression, zstdLevel);
    BatchBlock block = BatchBlock.parse(source.batch().block());
    assertThat(block.records()).isEqualTo(records);
    assertThat(block.uncompressed().remaining()).isEqualTo(block.uncompressedBytes());
  }

  @Property(tries = 300)
  void recordsComeOutOfASegmentAsTheyWentIntoItsSources(
      @ForAll("sources") List<Source> sources,
      @ForAll @IntRange(min = 1024, max = 5000) int blockBytes,
      @ForAll Compression compression) {
    SegmentObject segment =
        segment(sources, 1_000_000, new SegmentSettings(blockBytes, compression, 3));
    assertHolds(segment, sources, 1_000_000);
  }

  @Property(tries = 300)
  void recordsComeOutOfMergedSegmentsAsTheyWentIntoTheirSources(
      @ForAll("sources") List<Source> first,
      @ForAll("sources") List<Source> second,
      @ForAll("sources") List<Source> more,
      @ForAll @IntRange(min = 1024, max = 5000) int blockBytes,
      @ForAll Compression compression) {
    SegmentSettings settings = new SegmentSettings(blockBytes, compression, 3);
    SegmentObject one = segment(first, 7, new SegmentSettings(1024, Compression.LZ4, 3));
    SegmentObject two =
        segment(second, one.footer().endOffset(), new SegmentSettings(2048, Compression.NONE, 3));
    SegmentWriter writer =
        new SegmentWriter(INCARNATION, new UUID(0x7000, 2), 1, 7, 7, 100, settings);
    for (SegmentObject segment : List.of(one, two)) {
      writer.addSources(segment.sources());
      for (SegmentFooter.Block block : segment.footer().blocks()) {
        writer.addBlock(segment.body().slice((int) block.position(), block.length()));
      }
    }
    more.forEach(source -> add(writer, source));
    List<Source> all = new ArrayList<>(first);
    all.addAll(second);
    all.addAll(more);
    assertHolds(writer.finish(), all, 7);
  }

  private static void add(SegmentWriter writer, Source source) {
    EncodedBatch batch = source.batch();
    writer.addSource(source.label(), batch.count(), batch.crc(), batch.block());
  }

  private static SegmentObject segment(
      List<Source> sources, long baseOffset, SegmentSettings settings) {
    SegmentWriter writer =
        new SegmentWriter(INCARNATION, new UUID(0x7000, 1), 1, baseOffset, baseOffset, 0, settings);
    sources.forEach(source -> add(writer, source));
    return writer.finish();
  }

  private static void assertHolds(SegmentObject written, List<Source> sources, long baseOffset) {
    SegmentObject segment = SegmentObject.parse(written.body());
    segment.verify();
    List<LogRecord> expected = new ArrayList<>();
    ProvenanceList list = ProvenanceList.decode(segment.sources().encode());
    assertThat(list.size()).isEqualTo(sources.size());
    for (int i = 0; i < sources.size(); i++) {
      assertThat(list.baseOffset(i)).isEqualTo(baseOffset + expected.size());
      assertThat(list.label(i)).isEqualTo(sources.get(i).label());
      assertThat(list.count(i)).isEqualTo(sources.get(i).records().size());
      assertThat(list.crc(i)).isEqualTo(sources.get(i).batch().crc());
      expected.addAll(sources.get(i).records());
    }
    assertThat(segment.footer().baseOffset()).isEqualTo(baseOffset);
    assertThat(segment.footer().endOffset()).isEqualTo(baseOffset + expected.size());
    List<LogRecord> actual = new ArrayList<>();
    for (SegmentFooter.Block block : segment.footer().blocks()) {
      assertThat(block.baseOffset()).isEqualTo(baseOffset + actual.size());
      actual.addAll(segment.block(block).records());
    }
    assertThat(actual).isEqualTo(expected);
  }
}
