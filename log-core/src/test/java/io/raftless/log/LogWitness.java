package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentObject;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goes through everything below a head and checks that it holds together: offsets are dense, no
 * label is there twice, sources and data fit, and the hash chain leads from the start to the end.
 *
 * @param head as read
 * @param batches label and record count of everything in the index, compacted or not
 * @param segments in order
 * @param nodes that are referred to
 */
record LogWitness(Head head, List<Batch> batches, List<Segment> segments, Set<Label> nodes) {

  /** A batch, wherever it is now. */
  record Batch(Label label, long baseOffset, int count) {}

  static LogWitness of(RaftlessLog log, ObjectStore store, int partition) {
    Partition target = log.partition(partition);
    LogKeys keys = new LogKeys(log.id().root(), log.incarnation());
    Head head = target.cell().read().join().state();
    List<Item> items = new ArrayList<>();
    Set<Label> nodes = new HashSet<>();
    leaves(target, head.segments().items(), items, nodes);
    leaves(target, head.wal().items(), items, nodes);
    List<Batch> batches = new ArrayList<>();
    List<Segment> segments = new ArrayList<>();
    Chain chain = head.startChain();
    long next = head.indexStart();
    for (Item item : items) {
      assertThat(item.baseOffset()).as("offsets are dense").isEqualTo(next);
      next = item.endOffset();
      if (item instanceof Entry entry) {
        chain = entry.chainAfter(partition, chain);
        batches.add(new Batch(entry.label(), entry.baseOffset(), entry.count()));
      } else {
        Segment segment = (Segment) item;
        ProvenanceList sources = target.index().sources(partition, segment).join();
        for (int i = 0; i < sources.size(); i++) {
          Label label = new Label(sources.label(i));
          chain =
              chain.next(
                  partition, label, sources.count(i), Integer.toUnsignedLong(sources.crc(i)));
          batches.add(new Batch(label, sources.baseOffset(i), sources.count(i)));
          assertThat(segment.mayHold(label)).isTrue();
        }
        assertThat(segment.chain()).as("the chain of %s", segment).isEqualTo(chain);
        checkData(store, keys, head, segment);
        segments.add(segment);
      }
    }
    assertThat(next).isEqualTo(head.nextOffset());
    assertThat(chain).as("the chain covers every batch").isEqualTo(head.chain());
    assertThat(batches.stream().map(Batch::label).toList())
        .as("no label twice")
        .doesNotHaveDuplicates();
    return new LogWitness(head, batches, segments, nodes);
  }

  private static void checkData(ObjectStore store, LogKeys keys, Head head, Segment segment) {
    Label label = segment.label();
    if (segment.endOffset() <= head.startOffset()) {
      return;
    }
    assertThat(label).as("readable offsets have data").isNotNull();
    if (label != null) {
      GetOutcome outcome = store.get(keys.segment(head.partition(), label)).join();
      SegmentObject object = SegmentObject.parse(((GetOutcome.Found) outcome).body());
      object.verify();
      assertThat(object.footer().baseOffset())
          .isEqualTo(segment.dataOffset())
          .isLessThanOrEqualTo(Math.max(segment.baseOffset(), head.startOffset()));
      assertThat((long) object.objectBytes()).isEqualTo(segment.bytes());
    }
  }

  private static void leaves(
      Partition partition, List<? extends Item> items, List<Item> found, Set<Label> nodes) {
    for (Item item : items) {
      if (item instanceof NodeRef ref) {
        nodes.add(ref.node());
        IndexNode node = partition.index().read(partition.number(), ref.node()).join();
        leaves(partition, node.items(), found, nodes);
        assertThat(node.items().get(node.items().size() - 1).endOffset())
            .isEqualTo(ref.endOffset());
      } else {
        found.add(item);
      }
    }
  }
}
