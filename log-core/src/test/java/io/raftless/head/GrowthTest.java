package io.raftless.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.cas.Verdict;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.format.LogRecord;
import io.raftless.format.WalObject;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.BatchRef;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import io.raftless.index.InlineBlock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Batches in the head: when they stay, when they go, and what is stored before. */
class GrowthTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final LabelSource labels = source(NOW, 1);
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final LogKeys keys = new LogKeys("log/", incarnation);
  private final Head empty = Head.first(LogDescriptor.first(incarnation, 1, labels.next()), 0);
  private final Map<Label, IndexNode> nodes = new HashMap<>();
  private final Random random = new Random(3);

  private final IndexAccess index =
      new IndexAccess() {
        @Override
        public CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo) {
          return CompletableFuture.completedFuture(new LabelFact.AbsentUpTo(head.nextOffset()));
        }

        @Override
        public Optional<IndexNode> known(Label node) {
          return Optional.ofNullable(nodes.get(node));
        }

        @Override
        public CompletableFuture<IndexNode> read(int partition, Label node) {
          return CompletableFuture.completedFuture(nodes.get(node));
        }

        @Override
        public void remember(Label label, IndexNode node) {
          nodes.put(label, node);
        }
      };

  private static LabelSource source(Instant time, long seed) {
    return new LabelSource(Clock.fixed(time, ZoneOffset.UTC), new Random(seed));
  }

  /** Of one record; its block has 48 bytes more, and a few for the record. */
  private BatchRef small(int valueBytes) {
    return small(valueBytes, labels);
  }

  private BatchRef small(int valueBytes, LabelSource source) {
    byte[] value = new byte[valueBytes];
    random.nextBytes(value);
    BatchBuilder builder = new BatchBuilder();
    builder.add(LogRecord.of(null, value, 7));
    EncodedBatch batch = builder.build(Compression.NONE);
    return BatchRef.inline(
        source.next(),
        InlineBlock.copyOf(batch.block()),
        1,
        batch.maxTimestamp(),
        Integer.toUnsignedLong(batch.crc()));
  }

  private Verdict.Replace<Head, List<AppendOutcome>> grow(
      Head head, IndexShape shape, BatchRef... batches) {
    return grow(head, shape, labels, batches);
  }

  private Verdict.Replace<Head, List<AppendOutcome>> grow(
      Head head, IndexShape shape, LabelSource by, BatchRef... batches) {
    List<AppendRequest> requests = new ArrayList<>();
    for (BatchRef batch : batches) {
      requests.add(
          new AppendRequest(new Object(), null, OptionalLong.empty(), List.of(batch), null, true));
    }
    var verdict = new Append(keys, by, shape, index, requests).apply(head);
    return (Verdict.Replace<Head, List<AppendOutcome>>) verdict;
  }

  private static List<Integer> inlineBytes(Head head) {
    return head.wal().entries().stream().map(Entry::inlineBytes).toList();
  }

  private static WalObject only(Verdict.Replace<Head, ?> replace) {
    List<Verdict.NewObject> objects =
        replace.before().stream().filter(object -> object.key().contains("/wal/")).toList();
    assertThat(objects).hasSize(1);
    return WalObject.parse(objects.get(0).body());
  }

  private static ByteBuffer block(Verdict.Replace<Head, ?> replace, String key, Entry entry) {
    ByteBuffer body =
        replace.before().stream()
            .filter(object -> object.key().equals(key))
            .findFirst()
            .orElseThrow()
            .body();
    return body.slice((int) entry.position(), entry.length());
  }

  @Test
  void aSmallBatchIsInTheHeadAndNothingElseIsStored() {
    BatchRef batch = small(100);
    var replace = grow(empty, IndexShape.defaults(), batch);
    assertThat(replace.before()).isEmpty();
    assertThat(replace.next().format()).isEqualTo(3);
    Entry entry = replace.next().wal().entries().get(0);
    assertThat(entry.data()).isEqualTo(batch.data());
    assertThat(entry.label()).isEqualTo(batch.label());
    assertThat(entry.dataObject()).isNull();
    Head read = Schemas.heads(labels).decode(Json.encode(replace.next()));
    assertThat(read).isEqualTo(replace.next());
  }

  @Test
  void whereThereIsNoRoomWhatWasThereIsWrittenOutAndWhatIsNewStays() {
    IndexShape shape = IndexShape.defaults().withInlineBytes(500);
    BatchRef[] batches = {small(100), small(100), small(100), small(100)};
    Head head = grow(empty, shape, batches[0]).next();
    head = grow(head, shape, batches[1]).next();
    head = grow(head, shape, batches[2]).next();
    assertThat(inlineBytes(head)).doesNotContain(0);
    var replace = grow(head, shape, batches[3]);
    assertThat(inlineBytes(replace.next()).subList(0, 3)).containsOnly(0);
    assertThat(inlineBytes(replace.next()).get(3)).isEqualTo(batches[3].length());
    // It is stored before the head is, under the name that the head says.
    WalObject object = only(replace);
    Label label = new Label(object.label());
    assertThat(object.blocks()).hasSize(3);
    for (int i = 0; i < 3; i++) {
      Entry entry = replace.next().wal().entries().get(i);
      assertThat(entry.label()).isEqualTo(batches[i].label());
      assertThat(entry.dataObject()).isEqualTo(label);
      assertThat(object.block(0, entry.label().value()))
          .contains(
              new WalObject.Block(
                  0, entry.label().value(), (int) entry.position(), entry.length()));
      assertThat(block(replace, keys.wal(label), entry))
          .isEqualTo(Objects.requireNonNull(batches[i].data()).buffer());
    }
    assertThat(replace.next().chain())
        .isEqualTo(replace.next().wal().endChain(0, replace.next().startChain()));
  }

  @Test
  void aGroupForWhichThereIsNoRoomAtAllIsWrittenOutAtOnce() {
    IndexShape shape = IndexShape.defaults().withInlineBytes(500);
    BatchRef[] group = {small(200), small(200), small(200)};
    Head head = grow(empty, shape, small(100)).next();
    var replace = grow(head, shape, group);
    assertThat(inlineBytes(replace.next())).containsOnly(0);
    assertThat(only(replace).blocks()).hasSize(4);
    assertThat(replace.result()).hasSize(3).allMatch(AppendOutcome.Committed.class::isInstance);
  }

  @Test
  void nothingGoesIntoANodeBeforeItIsWrittenOut() {
    IndexShape shape = new IndexShape(4, 3, 4);
    Head head = empty;
    for (int i = 0; i < 40; i++) {
      var replace = grow(head, shape, small(30));
      head = replace.next();
      for (Verdict.NewObject object : replace.before()) {
        if (object.key().contains("/node/")) {
          IndexNode node =
              Json.decode(object.body(), IndexNode.class, "index node", IndexNode.FORMAT);
          node.entries().forEach(entry -> assertThat(entry.dataObject()).isNotNull());
          assertThat(node.format()).isEqualTo(node.level() == 0 ? 3 : 1);
        }
      }
      assertThat(head.wal().entries().get(head.wal().entries().size() - 1).data()).isNotNull();
    }
    assertThat(head.wal().levels()).isNotEmpty();
  }

  @Test
  void aNodeWithABatchInItIsRefused() {
    Entry entry = grow(empty, IndexShape.defaults(), small(10)).next().wal().entries().get(0);
    assertThatThrownBy(
            () -> new IndexNode(3, incarnation, 0, 0, List.of(entry), List.of(), List.of()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("not in a head");
  }

  /** What vacuum deletes is below the horizon, so what is newly reachable must be above it. */
  @Test
  void theObjectIsNotBelowTheHorizonOfTheHeadThatIsReplaced() {
    IndexShape shape = IndexShape.defaults().withInlineBytes(200);
    Head head = grow(empty, shape, small(100)).next();
    Label horizon = Label.lowest(NOW.plus(Duration.ofHours(5)));
    Head raised = head.withHorizon(horizon);
    BatchRef young = small(100, source(NOW.plus(Duration.ofHours(6)), 2));
    var replace = grow(raised, shape, young);
    assertThat(new Label(only(replace).label())).isGreaterThanOrEqualTo(horizon);
  }

  /** Vacuum does not look below nodes whose batches are all above its bound. */
  @Test
  void theObjectIsAboveItsBatchesEvenIfTheClockOfWhoWritesItIsBehind() {
    IndexShape shape = IndexShape.defaults().withInlineBytes(200);
    LabelSource ahead = source(NOW.plus(Duration.ofHours(6)), 2);
    Head head = grow(empty, shape, small(100, ahead)).next();
    var replace = grow(head, shape, source(NOW, 9), small(100));
    Entry writtenOut = replace.next().wal().entries().get(0);
    assertThat(writtenOut.object()).isGreaterThan(writtenOut.label());
  }

  /** The same, by whoever reads it. */
  @Test
  void anObjectBelowItsBatchIsRefused() {
    IndexShape shape = IndexShape.defaults().withInlineBytes(200);
    Head head = grow(grow(empty, shape, small(100)).next(), shape, small(100)).next();
    Label object = Objects.requireNonNull(head.wal().entries().get(0).object());
    String json = new String(Json.encode(head).array(), StandardCharsets.UTF_8);
    String wrong =
        json.replace(object.toString(), Label.lowest(NOW.minus(Duration.ofDays(1))).toString());
    assertThat(wrong).isNotEqualTo(json);
    ByteBuffer body = ByteBuffer.wrap(wrong.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Schemas.heads(labels).decode(body))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("cannot have been written out");
  }

  @Test
  void aLabelIsFoundInTheHeadAndWhenItsBatchWasWrittenOut() {
    IndexShape shape = IndexShape.defaults().withInlineBytes(200);
    BatchRef batch = small(100);
    Head inHead = grow(empty, shape, batch).next();
    Head writtenOut = grow(inHead, shape, small(100)).next();
    assertThat(inlineBytes(writtenOut).get(0)).isZero();
    AppendRequest again =
        new AppendRequest(new Object(), null, OptionalLong.empty(), List.of(batch), null, false);
    for (Head head : List.of(inHead, writtenOut)) {
      var verdict = new Append(keys, labels, shape, index, List.of(again)).apply(head);
      assertThat(verdict)
          .isEqualTo(new Verdict.Hold<>(List.of(new AppendOutcome.Committed(List.of(0L), 1))));
    }
  }

  @Test
  void aHeadWithoutSuchBatchesIsWrittenAsBefore() {
    assertThat(grow(empty, IndexShape.defaults(), small(10)).next().format()).isEqualTo(3);
    BatchRef uploaded = new BatchRef(labels.next(), 60, 10, 1, 5, 99);
    Head head = grow(empty, IndexShape.defaults(), uploaded).next();
    assertThat(head.format()).isEqualTo(1);
    assertThat(new String(Json.encode(head).array(), StandardCharsets.UTF_8))
        .doesNotContain("object", "data");
  }

  @Test
  void anOlderFormatCannotHaveThem() {
    Head head = grow(empty, IndexShape.defaults(), small(10)).next();
    String json = new String(Json.encode(head).array(), StandardCharsets.UTF_8);
    ByteBuffer older =
        ByteBuffer.wrap(
            json.replace("\"format\":3", "\"format\":2").getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Schemas.heads(labels).decode(older))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("format version 2");
  }

  /** Whatever sizes they have and however many there are, and with a full table of writers. */
  @Test
  void aHeadWithBatchesIsSmall() {
    int largest = 0;
    int mostInline = 0;
    for (int valueBytes : List.of(0, 20, 100, 170, 400, 1_000, 4_000, 16_000)) {
      Head head = withManyWriters(empty);
      for (int i = 0; i < 400; i++) {
        BatchRef[] group = new BatchRef[1 + random.nextInt(3)];
        for (int j = 0; j < group.length; j++) {
          group[j] = small(valueBytes);
        }
        head = grow(head, IndexShape.defaults(), group).next();
        int bytes = Json.encode(head).remaining();
        assertThat(head.wal().inlineBytes()).isLessThanOrEqualTo(IndexShape.MAX_INLINE_BYTES);
        assertThat(bytes).isLessThan(64 << 10);
        largest = Math.max(largest, bytes);
        mostInline = Math.max(mostInline, head.wal().inlineBytes());
      }
    }
    System.out.println(
        "the largest head with batches in it has "
            + largest
            + " bytes; most batches "
            + mostInline);
    assertThat(mostInline).isGreaterThan(15 << 10);
  }

  /** What else is in the head leaves less room, and then none. */
  @Test
  void aHeadThatIsLargeAnywayHasNoRoom() {
    IndexShape wide = new IndexShape(400, 48, 512);
    Head head = withManyWriters(empty);
    boolean hadNoRoom = false;
    for (int i = 0; i < 380; i++) {
      head = grow(head, wide, small(1_000)).next();
      int bytes = Json.encode(head).remaining();
      hadNoRoom |= head.wal().inlineBytes() == 0;
      assertThat(head.wal().inlineBytes() == 0 || bytes < 64 << 10).as("%s", bytes).isTrue();
    }
    assertThat(hadNoRoom).isTrue();
  }

  private static Head withManyWriters(Head head) {
    Head full = head;
    for (int i = 0; ; i++) {
      String writerId = String.format("%0100d", i);
      if (!(Acquire.of(writerId, "holder", OptionalLong.empty()).apply(full)
          instanceof Verdict.Replace<Head, Acquire.Outcome> acquired)) {
        return full;
      }
      WriterEntry writer = Objects.requireNonNull(acquired.next().writers().get(writerId));
      full = full.withWriter(writerId, writer);
    }
  }
}
