package io.raftless.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.format.Origin;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose epochs those of the entries are: in memory in each entry, stored once. */
class EntryOriginsTest {
  private static final Label LABEL = Label.parse("01900000-0000-7000-8000-0000000000ab");
  private static final Incarnation INCARNATION =
      Incarnation.parse("01900000-0000-7000-8000-000000000001");

  private static Entry entry(long base, @Nullable Origin origin) {
    return Entry.of(new BatchRef(LABEL, 9, 99, 5, 7, 4_000_000_000L), base, origin);
  }

  private static String vector(String name) throws IOException {
    Properties vectors = new Properties();
    try (InputStream in =
        Json.class.getResourceAsStream("/io/raftless/format/test-vectors.properties")) {
      vectors.load(in);
    }
    return Objects.requireNonNull(vectors.getProperty(name), name);
  }

  private static IndexNode decode(String json) {
    ByteBuffer body = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
    return Json.decode(body, IndexNode.class, "index node", IndexNode.FORMAT);
  }

  private static String json(IndexNode node) {
    return StandardCharsets.UTF_8.decode(Json.encode(node)).toString();
  }

  private static IndexNode node() {
    List<Entry> entries =
        List.of(
            entry(0, new Origin("w", 9)),
            entry(5, null),
            entry(10, new Origin("jöb", 12)),
            entry(15, new Origin("w", 2)),
            entry(20, new Origin("w", 9)));
    return IndexNode.of(INCARNATION, 7, 0, entries);
  }

  @Test
  void aNodeWithOriginsIsWrittenAndReadAsItWas() throws IOException {
    assertThat(json(node())).isEqualTo(vector("node.origins"));
    IndexNode read = decode(vector("node.origins"));
    assertThat(read).isEqualTo(node());
    assertThat(read.format()).isEqualTo(2);
    assertThat(read.entries().get(2).origin()).isEqualTo(new Origin("jöb", 12));
    assertThat(read.entries().get(1).origin()).isNull();
  }

  @Test
  void aNodeWithoutOriginsIsWrittenAsBeforeAndReadAsBefore() throws IOException {
    IndexNode node = IndexNode.of(INCARNATION, 7, 0, List.of(entry(0, null), entry(5, null)));
    assertThat(json(node)).isEqualTo(vector("node"));
    assertThat(decode(vector("node"))).isEqualTo(node);
  }

  @Test
  void aNodeWithWhatWasWrittenOutIsWrittenAndReadAsItWas() throws IOException {
    Label object = Label.parse("01900000-0000-7000-8000-0000000000ac");
    List<Entry> entries =
        List.of(entry(0, new Origin("w", 9)).writtenOut(object, 104), entry(5, null));
    IndexNode node = IndexNode.of(INCARNATION, 7, 0, entries);
    assertThat(json(node)).isEqualTo(vector("node.writtenOut"));
    assertThat(decode(vector("node.writtenOut"))).isEqualTo(node);
    assertThatThrownBy(() -> decode(vector("node.writtenOut").replace("at\":3", "at\":2")))
        .hasMessageContaining("format version 2");
  }

  /** What is said of the epochs must be what the entries need. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"w\":[2]}",
        "{\"jöb\":[12],\"w\":[2]}",
        "{\"jöb\":[12],\"w\":[2,9,10]}",
        "{\"jöb\":[12],\"w\":[9,2]}",
        "{\"jöb\":[12],\"w\":[2,9],\"x\":[]}",
        "{\"jöb\":[12],\"w\":[2,9],\"x\":[9]}",
        "{\"\":[12],\"w\":[2,9]}",
        "{\"jöb\":[12,null],\"w\":[2,9]}",
        "{\"jöb\":null,\"w\":[2,9]}",
        "{}",
        "null"
      })
  void originsThatAreNotThoseOfTheEntriesAreRefused(String origins) throws IOException {
    String right = "{\"jöb\":[12],\"w\":[2,9]}";
    String wrong = vector("node.origins").replace(right, origins);
    assertThat(wrong).isNotEqualTo(vector("node.origins"));
    assertThatThrownBy(() -> decode(wrong)).isInstanceOf(FormatException.class);
  }

  @Test
  void originsInFormatOneAreRefused() throws IOException {
    String older = vector("node.origins").replace("\"format\":2", "\"format\":1");
    assertThatThrownBy(() -> decode(older)).hasMessageContaining("format version 1");
  }

  @Test
  void entriesKeepTheirOriginsWhereverTheyMove() {
    Random random = new Random(5);
    IndexShape shape = new IndexShape(4, 3, 6);
    Map<Label, IndexNode> nodes = new HashMap<>();
    List<Entry> all = new ArrayList<>();
    SpineIndex<Entry> index = SpineIndex.empty();
    int[] nextLabel = {0};
    for (int i = 0; i < 300; i++) {
      int writer = random.nextInt(4);
      Origin origin = writer == 0 ? null : new Origin("writer-" + writer, 1 + 10 * writer + i / 50);
      Entry entry = entry(5L * i, origin);
      all.add(entry);
      IndexEdit edit =
          new IndexEdit(
              shape,
              7,
              ref -> Objects.requireNonNull(nodes.get(ref.node())),
              () -> label(nextLabel[0]++));
      SpineIndex<Entry> more = index.plus(List.of(entry));
      if (i % 40 == 39) {
        Entry first = all.get(7);
        all.subList(0, 7).clear();
        more = edit.dropBefore(more, first.baseOffset());
      }
      index = edit.spill(more, Chain.ZERO);
      for (NewNode created : edit.created()) {
        // As it comes back from the store.
        nodes.put(created.label(), decode(json(created.toNode(INCARNATION, 7))));
      }
      index = new SpineIndex<>(index.entries(), index.levels(), index.origins());
    }
    List<Entry> found = new ArrayList<>();
    index.items().forEach(item -> walk(nodes, item, found));
    assertThat(found).isEqualTo(all);
  }

  /** Each batch is of a writer of its own, all of them with the longest names there are. */
  @Test
  void namesHaveLittleRoomInTheHeadAndNoneIsLost() {
    Map<Label, IndexNode> nodes = new HashMap<>();
    List<Entry> all = new ArrayList<>();
    SpineIndex<Entry> index = SpineIndex.empty();
    int[] nextLabel = {0};
    for (int group = 0; group < 60; group++) {
      List<Entry> more = new ArrayList<>();
      for (int i = 0; i < 1 + group % 50; i++) {
        int number = all.size() + more.size();
        more.add(entry(5L * number, new Origin(String.format("%0200d", number), 1 + number)));
      }
      all.addAll(more);
      IndexEdit edit =
          new IndexEdit(
              IndexShape.defaults(),
              7,
              ref -> Objects.requireNonNull(nodes.get(ref.node())),
              () -> label(nextLabel[0]++));
      index = edit.spill(index.plus(more), Chain.ZERO);
      edit.created().forEach(created -> nodes.put(created.label(), created.toNode(INCARNATION, 7)));
      assertThat(Json.encode(index.origins()).remaining())
          .isLessThanOrEqualTo(IndexEdit.MAX_ORIGIN_BYTES);
    }
    List<Entry> found = new ArrayList<>();
    index.items().forEach(item -> walk(nodes, item, found));
    assertThat(found).isEqualTo(all);
  }

  private static void walk(Map<Label, IndexNode> nodes, Item item, List<Entry> found) {
    if (item instanceof Entry entry) {
      found.add(entry);
    } else {
      IndexNode node = Objects.requireNonNull(nodes.get(((NodeRef) item).node()));
      node.items().forEach(below -> walk(nodes, below, found));
    }
  }

  private static Label label(int number) {
    return Label.parse(String.format("01900000-0000-7000-8000-%012x", number));
  }

  @Test
  void aLongWriterIdIsInANodeOnce() {
    String longest = "w".repeat(Origin.MAX_WRITER_ID);
    List<Entry> with = new ArrayList<>();
    List<Entry> without = new ArrayList<>();
    for (int i = 0; i < 512; i++) {
      with.add(entry(5L * i, new Origin(longest, 1_000_000)));
      without.add(entry(5L * i, null));
    }
    int more =
        json(IndexNode.of(INCARNATION, 7, 0, with)).length()
            - json(IndexNode.of(INCARNATION, 7, 0, without)).length();
    assertThat(more).isLessThan(512 * 20 + 250);
  }
}
