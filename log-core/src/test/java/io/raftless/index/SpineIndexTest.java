package io.raftless.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpineIndexTest {
  private static final int PARTITION = 3;

  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final Map<Label, IndexNode> nodes = new HashMap<>();

  /** Nodes that exist, as seen by an edit. */
  private final Nodes stored =
      ref -> Objects.requireNonNull(nodes.get(ref.node()), "a node that is referred to");

  private IndexEdit edit(IndexShape shape) {
    return new IndexEdit(shape, PARTITION, stored, labels::next);
  }

  private void store(IndexEdit edit) {
    for (NewNode created : edit.created()) {
      nodes.put(created.label(), created.toNode(incarnation, PARTITION));
    }
  }

  private Entry entry(long base, int count) {
    return Entry.of(new BatchRef(labels.next(), 7, 100, count, base * 10, base), base, null);
  }

  private SpineIndex<Entry> plus(SpineIndex<Entry> index, IndexShape shape, List<Entry> more) {
    IndexEdit edit = edit(shape);
    SpineIndex<Entry> next = edit.spill(index.plus(more), Chain.ZERO);
    store(edit);
    return next;
  }

  /** An index of so many entries, some of them with several records. */
  private SpineIndex<Entry> grown(IndexShape shape, int entries, int perCommit, List<Entry> all) {
    SpineIndex<Entry> index = SpineIndex.empty();
    long next = 0;
    while (all.size() < entries) {
      List<Entry> group = new ArrayList<>();
      for (int i = 0; i < perCommit && all.size() < entries; i++) {
        Entry entry = entry(next, 1 + all.size() % 3);
        next = entry.endOffset();
        group.add(entry);
        all.add(entry);
      }
      index = plus(index, shape, group);
    }
    return index;
  }

  private List<Entry> walk(SpineIndex<Entry> index) {
    List<Entry> found = new ArrayList<>();
    index.items().forEach(item -> walk(item, found));
    return found;
  }

  private void walk(Item item, List<Entry> found) {
    if (item instanceof Entry entry) {
      found.add(entry);
    } else {
      stored.get((NodeRef) item).items().forEach(below -> walk(below, found));
    }
  }

  /** Everything that a reference says must be so. */
  private void requireTrue(SpineIndex<Entry> index, Chain startChain) {
    Chain chain = startChain;
    for (Item item : index.items()) {
      chain = requireTrue(item, chain);
    }
    assertThat(index.endChain(PARTITION, startChain)).isEqualTo(chain);
  }

  private Chain requireTrue(Item item, Chain before) {
    if (item instanceof NodeRef ref) {
      IndexNode node = stored.get(ref);
      Chain chain = before;
      for (Item below : node.items()) {
        chain = requireTrue(below, chain);
      }
      assertThat(ref).isEqualTo(NodeRef.to(ref.node(), node.items(), chain));
      return chain;
    }
    return item.chainAfter(PARTITION, before);
  }

  @Test
  void allEntriesAreThereInOrderWhateverTheGroups() {
    for (int perCommit : new int[] {1, 2, 7, 40}) {
      List<Entry> all = new ArrayList<>();
      SpineIndex<Entry> index = grown(new IndexShape(5, 4, 7), 600, perCommit, all);
      assertThat(walk(index)).isEqualTo(all);
      requireTrue(index, Chain.ZERO);
    }
  }

  @Test
  void aGroupLargerThanLevelZeroSpillsAtOnce() {
    IndexShape shape = new IndexShape(5, 4, 3);
    SpineIndex<Entry> index = grown(shape, 1_000, 250, new ArrayList<>());
    assertThat(index.entries()).hasSizeLessThanOrEqualTo(5);
    assertThat(index.levels()).allSatisfy(refs -> assertThat(refs).hasSizeLessThanOrEqualTo(4));
    requireTrue(index, Chain.ZERO);
  }

  @Test
  void droppingAPrefixLeavesExactlyTheRestWhereverItIsCut() {
    IndexShape shape = new IndexShape(4, 4, 5);
    List<Entry> all = new ArrayList<>();
    SpineIndex<Entry> index = grown(shape, 400, 3, all);
    assertThat(index.levels()).hasSizeGreaterThan(2);
    Chain chain = Chain.ZERO;
    for (int cut = 0; cut < all.size(); cut++) {
      IndexEdit edit = edit(shape);
      SpineIndex<Entry> rest = edit.dropBefore(index, all.get(cut).baseOffset());
      store(edit);
      assertThat(walk(rest)).isEqualTo(all.subList(cut, all.size()));
      requireTrue(rest, chain);
      assertThat(edit.created()).hasSizeLessThanOrEqualTo(index.levels().size());
      chain = all.get(cut).chainAfter(PARTITION, chain);
    }
    assertThat(edit(shape).dropBefore(index, index.endOffset().getAsLong()).isEmpty()).isTrue();
  }

  @Test
  void anIndexThatIsCutAndGrowsInTurnStaysTrue() {
    IndexShape shape = new IndexShape(4, 3, 6);
    Random random = new Random(20);
    List<Entry> all = new ArrayList<>();
    SpineIndex<Entry> index = SpineIndex.empty();
    Chain chain = Chain.ZERO;
    long next = 0;
    for (int round = 0; round < 2_000; round++) {
      List<Entry> group = new ArrayList<>();
      for (int i = random.nextInt(9); i >= 0; i--) {
        group.add(entry(next, 1 + random.nextInt(4)));
        next = group.get(group.size() - 1).endOffset();
      }
      all.addAll(group);
      IndexEdit edit = edit(shape);
      index = edit.spill(index.plus(group), chain);
      store(edit);
      if (random.nextInt(3) == 0) {
        int dropped = random.nextInt(Math.min(all.size(), 40) + 1);
        for (Entry entry : all.subList(0, dropped)) {
          chain = entry.chainAfter(PARTITION, chain);
        }
        all.subList(0, dropped).clear();
        IndexEdit cut = edit(shape);
        index = cut.dropBefore(index, all.isEmpty() ? next : all.get(0).baseOffset());
        store(cut);
      }
      requireTrue(index, chain);
    }
    assertThat(walk(index)).isEqualTo(all);
  }

  @Test
  void aCutInTheMiddleOfABatchIsRefused() {
    SpineIndex<Entry> index = SpineIndex.<Entry>empty().plus(List.of(entry(0, 3), entry(3, 3)));
    assertThatThrownBy(() -> edit(IndexShape.defaults()).dropBefore(index, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("offset 4");
  }

  @Test
  void anOffsetIsInOneItem() {
    List<Entry> all = new ArrayList<>();
    SpineIndex<Entry> index = grown(new IndexShape(5, 4, 3), 300, 2, all);
    for (Entry wanted : all) {
      Item item = index.itemAt(wanted.baseOffset()).orElseThrow();
      List<Entry> below = new ArrayList<>();
      walk(item, below);
      assertThat(below).contains(wanted);
    }
    assertThat(index.itemAt(index.endOffset().getAsLong())).isEmpty();
  }

  @Test
  void aLabelIsBelowItsCandidatesOnly() {
    List<Entry> all = new ArrayList<>();
    SpineIndex<Entry> index = grown(new IndexShape(5, 4, 3), 300, 1, all);
    for (Entry wanted : all) {
      List<Entry> below = new ArrayList<>();
      index.candidates(wanted.label(), 0).forEach(item -> walk(item, below));
      assertThat(below).contains(wanted);
      assertThat(index.candidates(wanted.label(), wanted.endOffset()))
          .allSatisfy(item -> assertThat(item.endOffset()).isGreaterThan(wanted.endOffset()));
    }
    assertThat(index.candidates(labels.next(), 0)).isEmpty();
  }

  @Test
  void aNodeIsWrittenPerFewDozenEntriesAndNoMore() {
    IndexShape shape = IndexShape.defaults();
    SpineIndex<Entry> index = SpineIndex.empty();
    int entries = 100_000;
    int written = 0;
    int mostAtOnce = 0;
    for (long next = 0; next < entries; next++) {
      IndexEdit edit = edit(shape);
      index = edit.spill(index.plus(List.of(entry(next, 1))), Chain.ZERO);
      store(edit);
      written += edit.created().size();
      mostAtOnce = Math.max(mostAtOnce, edit.created().size());
    }
    assertThat(written).isLessThanOrEqualTo(entries / 32);
    assertThat(mostAtOnce).isLessThanOrEqualTo(2);
  }

  @Test
  void aGapIsRefused() {
    List<Entry> gap = List.of(entry(0, 2), entry(3, 1));
    assertThatThrownBy(() -> new SpineIndex<>(gap, List.of())).isInstanceOf(FormatException.class);
  }
}
