package io.raftless.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Json;
import io.raftless.format.Origin;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexSeek;
import io.raftless.index.IndexShape;
import io.raftless.index.Item;
import io.raftless.index.NewNode;
import io.raftless.index.NodeRef;
import io.raftless.index.SpineIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * An index of ten million batches that nobody compacted. Leaves are not kept but made again when
 * they are looked into: ten million entries do not fit into a test's memory, their numbers do.
 */
class TenMillionEntriesTest {
  private static final int ENTRIES = 10_000_000;
  private static final int PER_COMMIT = 16;
  private static final int RECORDS = 3;
  private static final long FIRST_MILLIS = 1_760_000_000_000L;

  private final Incarnation incarnation = new Incarnation(label(0).value());
  private final Head first = Head.first(LogDescriptor.first(incarnation, 1, label(0)), 0);

  /** Where each leaf begins, and how many entries it has. */
  private final Map<Label, long[]> leaves = new HashMap<>();

  private final Map<Label, IndexNode> innerNodes = new HashMap<>();
  private long nextNode;
  private int gets;

  private static Label label(long number) {
    long millis = FIRST_MILLIS + number;
    return new Label(new UUID(millis << 16 | 0x7000L, 0x8000_0000_0000_0000L | number));
  }

  private Label nodeLabel() {
    return label(1L << 40 | nextNode++);
  }

  /** Timestamps go up by a second per batch. */
  private static Entry entry(long number) {
    BatchRef batch =
        new BatchRef(
            label(number),
            44 + number % 1_000_000,
            7_000,
            RECORDS,
            millis(number),
            number % 999_983);
    return Entry.of(batch, number * RECORDS, null);
  }

  /** With as many batches on level 0 as may be there, all of writers with the longest names. */
  private void requireSmallWithOrigins(SpineIndex<Entry> index) {
    List<Entry> more = new ArrayList<>();
    while (index.entries().size() + more.size() < IndexShape.defaults().maxEntries()) {
      more.add(entry(ENTRIES + more.size()));
    }
    long end = ((long) ENTRIES + more.size()) * RECORDS;
    Head full = first.appended(index.plus(more), end, index.endChain(0, Chain.ZERO));
    int bytes = Json.encode(full).remaining();
    int ofOneWriter = Json.encode(by(full, 1)).remaining();
    // There is no room for more at a time, with holders of 36 characters: Head.MAX_WRITERS_BYTES.
    int ofHeldWriters = Json.encode(by(full, 56)).remaining();
    int ofForgottenWriters = Json.encode(spilled(by(full, 96))).remaining();
    System.out.println(
        bytes
            + " bytes without origins, of one writer "
            + ofOneWriter
            + ", of 56 "
            + ofHeldWriters
            + ", of 96 "
            + ofForgottenWriters);
    assertThat(ofOneWriter - bytes).isLessThan(2_500);
    assertThat(ofHeldWriters + Head.MAX_WRITERS_BYTES).isLessThan(64 << 10);
    assertThat(ofForgottenWriters + Head.MAX_WRITERS_BYTES).isLessThan(64 << 10);
  }

  /** As an append would leave it. */
  private Head spilled(Head head) {
    IndexEdit edit = new IndexEdit(IndexShape.defaults(), 0, this::node, this::nodeLabel);
    SpineIndex<Entry> wal = edit.spill(head.wal(), Chain.ZERO);
    assertThat(wal.entries()).as("names make entries leave the head").hasSizeLessThan(96);
    return head.appended(wal, head.nextOffset(), head.chain());
  }

  /** The head if level 0 had been appended by these writers in turn. */
  private static Head by(Head head, int writers) {
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : head.wal().entries()) {
      int writer = entries.size() % writers;
      Origin origin = new Origin(String.format("%0200d", writer), 1_000_000_000L + writer);
      BatchRef batch =
          new BatchRef(
              entry.label(),
              entry.position(),
              entry.length(),
              entry.count(),
              entry.maxTimestamp(),
              entry.crc());
      entries.add(Entry.of(batch, entry.baseOffset(), origin));
    }
    SpineIndex<Entry> wal = new SpineIndex<>(entries, head.wal().levels());
    return head.appended(wal, head.nextOffset(), head.chain());
  }

  private static long millis(long number) {
    return FIRST_MILLIS + 1_000 * number;
  }

  private IndexNode node(NodeRef ref) {
    gets++;
    long[] leaf = leaves.get(ref.node());
    if (leaf == null) {
      return Objects.requireNonNull(innerNodes.get(ref.node()));
    }
    List<Entry> entries = new ArrayList<>();
    for (long i = 0; i < leaf[1]; i++) {
      entries.add(entry(leaf[0] + i));
    }
    return new IndexNode(IndexNode.FORMAT, incarnation, 0, 0, entries, List.of(), List.of());
  }

  private void keep(NewNode created) {
    IndexNode node = created.toNode(incarnation, 0);
    if (created.level() == 0) {
      long number = node.entries().get(0).baseOffset() / RECORDS;
      leaves.put(created.label(), new long[] {number, node.entries().size()});
    } else {
      innerNodes.put(created.label(), node);
    }
  }

  private SpineIndex<Entry> grown() {
    SpineIndex<Entry> index = SpineIndex.empty();
    for (long next = 0; next < ENTRIES; next += PER_COMMIT) {
      List<Entry> group = new ArrayList<>(PER_COMMIT);
      for (long i = next; i < next + PER_COMMIT; i++) {
        group.add(entry(i));
      }
      IndexEdit edit = new IndexEdit(IndexShape.defaults(), 0, this::node, this::nodeLabel);
      index = edit.spill(index.plus(group), Chain.ZERO);
      edit.created().forEach(this::keep);
    }
    return index;
  }

  @Test
  void theHeadIsSmallAndAColdSeekByOffsetOrTimeIsThreeGets() {
    SpineIndex<Entry> index = grown();
    Head head = first.appended(index, (long) ENTRIES * RECORDS, index.endChain(0, Chain.ZERO));

    int bytes = Json.encode(head).remaining();
    System.out.println("a head over " + ENTRIES + " batches has " + bytes + " bytes");
    assertThat(bytes + Head.MAX_WRITERS_BYTES).isLessThan(64 << 10);

    requireSmallWithOrigins(index);

    Random random = new Random(3);
    int most = 0;
    for (int i = 0; i < 2_000; i++) {
      long number = i == 0 ? 0 : (long) (random.nextDouble() * ENTRIES);
      gets = 1; // The head.
      Item found = IndexSeek.byOffset(head.wal(), number * RECORDS + 1, this::node).orElseThrow();
      assertThat(found).isEqualTo(entry(number));
      most = Math.max(most, gets);
      gets = 1;
      found = IndexSeek.byTime(head.wal(), millis(number), 0, this::node).orElseThrow();
      assertThat(found).isEqualTo(entry(number));
      most = Math.max(most, gets);
    }
    assertThat(most).isEqualTo(3);
  }
}
