package io.raftless.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpineIndexTest {
  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(7));
  private final Map<Label, SpineIndex.NewNode> nodes = new HashMap<>();

  private Entry entry(long base, int count) {
    return new Entry(base + count, count, labels.next(), 0, 100, base, base & 0xFFFF);
  }

  private SpineIndex grown(IndexShape shape, int entries, int perCommit, List<Entry> all) {
    SpineIndex index = SpineIndex.EMPTY;
    long next = 0;
    for (int i = 0; i < entries; i += perCommit) {
      List<Entry> group = new ArrayList<>();
      for (int k = 0; k < perCommit; k++) {
        group.add(entry(next, 1 + k % 3));
        next = group.get(k).endOffset();
      }
      all.addAll(group);
      SpineIndex.Spilled spilled = index.plus(group).spill(shape, 3, Chain.ZERO, labels::next);
      spilled.nodes().forEach(node -> nodes.put(node.label(), node));
      index = spilled.index();
    }
    return index;
  }

  private List<Entry> walk(SpineIndex index) {
    List<Entry> found = new ArrayList<>();
    for (int level = index.levels().size() - 1; level >= 0; level--) {
      index.levels().get(level).forEach(ref -> walk(ref, found));
    }
    found.addAll(index.entries());
    return found;
  }

  private void walk(NodeRef ref, List<Entry> found) {
    SpineIndex.NewNode node = nodes.get(ref.node());
    assertThat(node).isNotNull();
    if (node != null) {
      found.addAll(node.entries());
      node.refs().forEach(below -> walk(below, found));
      assertThat(found.get(found.size() - 1).endOffset()).isEqualTo(ref.endOffset());
    }
  }

  @Test
  void spillingKeepsEveryEntryInOrder() {
    for (int perCommit : new int[] {1, 3, 17}) {
      List<Entry> all = new ArrayList<>();
      SpineIndex index = grown(new IndexShape(5, 4, 3), 600, perCommit, all);
      assertThat(walk(index)).isEqualTo(all);
    }
  }

  @Test
  void theSpineStaysWithinItsShapeHoweverLargeAGroupIs() {
    IndexShape shape = new IndexShape(5, 4, 3);
    SpineIndex index = grown(shape, 1_000, 250, new ArrayList<>());
    assertThat(index.entries()).hasSizeLessThanOrEqualTo(5);
    assertThat(index.levels()).allMatch(level -> level.size() <= 4);
  }

  @Test
  void referencesKnowTheChainAtTheirEnd() {
    List<Entry> all = new ArrayList<>();
    SpineIndex index = grown(new IndexShape(5, 4, 3), 300, 2, all);
    Map<Long, Chain> chainAt = new HashMap<>();
    Chain chain = Chain.ZERO;
    for (Entry entry : all) {
      chain = chain.next(3, entry);
      chainAt.put(entry.endOffset(), chain);
    }
    for (List<NodeRef> level : index.levels()) {
      for (NodeRef ref : level) {
        assertThat(ref.chain()).isEqualTo(chainAt.get(ref.endOffset()));
      }
    }
  }

  @Test
  void aLabelIsNeverBelowAReferenceThatIsNoCandidate() {
    List<Entry> all = new ArrayList<>();
    SpineIndex index = grown(new IndexShape(5, 4, 3), 300, 1, all);
    for (Entry wanted : all) {
      List<NodeRef> candidates = index.candidates(wanted.label(), 0);
      for (List<NodeRef> level : index.levels()) {
        for (NodeRef ref : level) {
          if (!candidates.contains(ref)) {
            List<Entry> below = new ArrayList<>();
            walk(ref, below);
            assertThat(below).doesNotContain(wanted);
          }
        }
      }
    }
  }

  @Test
  void aHundredThousandBatchesLeaveTheHeadsIndexUnder64KiB() {
    SpineIndex index = grown(IndexShape.defaults(), 100_000, 1, new ArrayList<>());
    assertThat(Json.encode(index).remaining()).isLessThan(48 << 10);
    assertThat(nodes.size()).isLessThan(100_000 / 30);
  }

  @Test
  void aGapIsRefused() {
    List<Entry> gap = List.of(entry(0, 2), entry(3, 1));
    assertThatThrownBy(() -> new SpineIndex(gap, List.of())).isInstanceOf(FormatException.class);
  }
}
