package io.raftless.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.cas.CasCell;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.Schemas;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.MemoryObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What of an index must be read: the clocks of those who name nodes and segments may be far behind
 * those of the producers whose batches are in them.
 */
class IndexSurveyTest {
  private static final Instant BOUND_TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final Label BOUND = Label.lowest(BOUND_TIME);

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final LogRuntime runtime = LogRuntime.start();
  private final Incarnation incarnation = new Incarnation(runtime.labels().next().value());
  private final LogKeys keys = new LogKeys("log/", incarnation);

  private final Label innerOfBatches = old(1);
  private final Label leafOfBatches = old(2);
  private final Label oldBatch = old(3);
  private final Label lastBatch = old(4);
  private final Label youngBatch = young(5);
  private final Label leafOfSegments = old(6);
  private final Label provenance = old(7);
  private final Label segmentData = old(8);
  private final Label youngLeaf = old(9);
  private final Label halfTrimmedSegment = old(10);
  private final Label itsProvenance = old(11);

  private static Label old(int number) {
    return label(BOUND_TIME.minusSeconds(number), number);
  }

  private static Label young(int number) {
    return label(BOUND_TIME.plusSeconds(number), number);
  }

  private static Label label(Instant time, int number) {
    UUID lowest = Label.lowest(time).value();
    return new Label(
        new UUID(lowest.getMostSignificantBits(), lowest.getLeastSignificantBits() + number));
  }

  private static NodeRef ref(long end, long count, Label node, Label min, Label max) {
    return new NodeRef(end, count, node, 1, 10, 5, min, max, Chain.ZERO);
  }

  private static Segment segment(long end, long count, Label data, Label sources) {
    return new Segment(
        end, count, end - count, data, 10, 5, sources, 1, 5, young(20), young(21), Chain.ZERO);
  }

  private void put(String key, Object value) {
    assertThat(store.putIfAbsent(key, Json.encode(value)).join()).isNotNull();
  }

  private void putLeaf(Label label, List<Entry> entries, List<Segment> segments) {
    put(
        keys.node(0, label),
        new IndexNode(IndexNode.FORMAT, incarnation, 0, 0, entries, segments, List.of()));
  }

  /**
   * Offsets 0 to 10 are a trimmed segment in a leaf, 10 to 14 one that is trimmed in part; from
   * there on batches: 14 to 24 two nodes down, 24 to 26 in a leaf of young ones that nobody needs
   * to read, and does not exist.
   */
  @BeforeEach
  void store() {
    putLeaf(leafOfSegments, List.of(), List.of(segment(10, 10, segmentData, provenance)));
    putLeaf(leafOfBatches, List.of(entry(15, 1, oldBatch), entry(24, 9, youngBatch)), List.of());
    put(
        keys.node(0, innerOfBatches),
        new IndexNode(
            IndexNode.FORMAT,
            incarnation,
            0,
            1,
            List.of(),
            List.of(),
            List.of(ref(24, 10, leafOfBatches, oldBatch, youngBatch))));
    putHead(12);
  }

  private void putHead(long startOffset) {
    Head head =
        new Head(
            Head.FORMAT,
            incarnation,
            0,
            1,
            young(30),
            LogState.NEW,
            28,
            startOffset,
            14,
            Chain.ZERO,
            Chain.ZERO,
            BOUND,
            Collections.emptySortedMap(),
            new SpineIndex<>(
                List.of(segment(14, 4, halfTrimmedSegment, itsProvenance)),
                List.of(List.of(ref(10, 10, leafOfSegments, young(20), young(21))))),
            new SpineIndex<>(
                List.of(entry(28, 2, lastBatch)),
                List.of(
                    List.of(ref(26, 2, youngLeaf, young(22), young(23))),
                    List.of(ref(24, 10, innerOfBatches, young(24), young(25))))));
    put(keys.head(0), head);
  }

  private static Entry entry(long end, int count, Label label) {
    return new Entry(end, count, label, 0, 10, 5, 7);
  }

  @AfterEach
  void stop() {
    runtime.stop();
  }

  private IndexSurvey survey() {
    LogDescriptor log = LogDescriptor.first(incarnation, 1, runtime.labels().next());
    CasCell<LogDescriptor> descriptor =
        new CasCell<>(
            store,
            LogKeys.descriptor("log/"),
            Schemas.descriptors(runtime.labels()),
            runtime,
            () -> CompletableFuture.completedFuture(log));
    LogHeads heads = new LogHeads(store, "log/", runtime, Duration.ofSeconds(10), descriptor, log);
    return new IndexSurvey(
        heads, new IndexReader(store, keys), runtime.labels(), IndexShape.defaults(), 4, BOUND);
  }

  @Test
  void nodesAndListsOfSourcesAreNeededHoweverYoungOrTrimmedTheBatchesBelowThemAre() {
    IndexSurvey survey = survey();
    survey.look();
    assertThat(
            List.of(
                innerOfBatches,
                leafOfBatches,
                leafOfSegments,
                provenance,
                itsProvenance,
                youngLeaf))
        .allMatch(survey::isNeeded);
  }

  @Test
  void dataIsNeededIfSomeOfItIsReadable() {
    IndexSurvey survey = survey();
    survey.look();
    assertThat(List.of(oldBatch, halfTrimmedSegment)).allMatch(survey::isNeeded);
    assertThat(survey.isNeeded(segmentData)).as("wholly trimmed").isFalse();
    assertThat(survey.isNeeded(youngBatch)).as("above the bound: of no interest").isFalse();
  }

  @Test
  void aBatchThatIsWhollyTrimmedIsNotNeededThoughItIsInTheIndex() {
    store.delete(keys.head(0)).join();
    putHead(15);
    IndexSurvey survey = survey();
    survey.look();
    assertThat(survey.isNeeded(oldBatch)).isFalse();
    assertThat(survey.isNeeded(halfTrimmedSegment)).isFalse();
    assertThat(survey.isNeeded(leafOfBatches)).isTrue();
  }

  @Test
  void aNodeThatTheNewestHeadRefersToAndThatIsGoneIsDamage() {
    store.delete(keys.node(0, leafOfBatches)).join();
    IndexSurvey survey = survey();
    assertThatThrownBy(survey::look)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(leafOfBatches.toString())
        .hasMessageContaining(keys.head(0));
  }
}
