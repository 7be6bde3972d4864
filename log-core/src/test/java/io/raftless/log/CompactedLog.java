package io.raftless.log;

import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentObject;
import io.raftless.format.SegmentSettings;
import io.raftless.format.SegmentWriter;
import io.raftless.head.Compact;
import io.raftless.head.DataBlock;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.index.Segment;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Compacts by hand what a test wants compacted: one segment of the next batches, with whatever
 * damage the test asks for, put in place by the transition.
 */
final class CompactedLog {
  private final ObjectStore store;
  private final RaftlessLog log;
  private final SegmentSettings settings;
  private final IndexShape shape;
  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));

  CompactedLog(ObjectStore store, RaftlessLog log, SegmentSettings settings, IndexShape shape) {
    this.store = store;
    this.log = log;
    this.settings = settings;
    this.shape = shape;
  }

  LogKeys keys() {
    return new LogKeys(log.id().root(), log.incarnation());
  }

  Head head(int partition) {
    return log.partition(partition).readHead().join().orElseThrow();
  }

  /** All batches that are not compacted, in order. */
  List<Entry> entries(int partition) {
    Head head = head(partition);
    List<Entry> entries = new ArrayList<>();
    long offset = head.compactionCursor();
    while (offset < head.nextOffset()) {
      Entry entry = (Entry) log.partition(partition).index().itemAt(head, offset).join().get();
      entries.add(entry);
      offset = entry.endOffset();
    }
    return entries;
  }

  /** Compacts the next batches into one segment. */
  Segment compact(int partition, int batches) {
    Head head = head(partition);
    List<Entry> entries = entries(partition).subList(0, batches);
    long base = head.compactionCursor();
    long expected = entries.stream().mapToLong(Entry::length).sum();
    Label label = labels.next(head.horizon());
    SegmentWriter writer =
        new SegmentWriter(
            log.incarnation().value(), label.value(), partition, base, base, expected, settings);
    Chain chain = head.cursorChain();
    for (Entry entry : entries) {
      DataBlock block = log.partition(partition).index().block(partition, entry);
      GetOutcome.Found found =
          (GetOutcome.Found) store.getRange(block.key(), block.position(), block.length()).join();
      writer.addSource(
          entry.label().value(),
          entry.count(),
          (int) entry.crc(),
          entry.origin(),
          copy(found.body()));
      chain = entry.chainAfter(partition, chain);
    }
    SegmentObject object = writer.finish();
    return install(partition, head, label, object, object.sources(), chain);
  }

  /** Puts a segment in the place of the batches it has, whether or not it is right. */
  Segment install(
      int partition,
      Head head,
      Label label,
      SegmentObject object,
      ProvenanceList sources,
      Chain chain) {
    Label provenance = labels.next(head.horizon());
    store.putIfAbsent(keys().segment(partition, label), object.body()).join();
    store.putIfAbsent(keys().provenance(partition, provenance), sources.encode()).join();
    Segment segment =
        new Segment(
            sources.endOffset(),
            sources.endOffset() - sources.baseOffset(),
            object.footer().baseOffset(),
            label,
            object.objectBytes(),
            object.footerBytes(),
            provenance,
            sources.size(),
            object.footer().maxTimestamp(),
            new Label(sources.minLabel()),
            new Label(sources.maxLabel()),
            chain);
    Compact.Plan plan =
        new Compact.Plan(head.compactionCursor(), head.cursorChain(), List.of(), List.of(segment));
    Compact.Outcome outcome =
        log.partition(partition)
            .update(new Compact(keys(), labels, shape, log.partition(partition).index(), plan))
            .join();
    if (!(outcome instanceof Compact.Outcome.Installed)) {
      throw new AssertionError("not installed: " + outcome);
    }
    return segment;
  }

  /** Deletes the WAL objects of batches, as a vacuum would. */
  void vacuum(List<Entry> entries) {
    entries.forEach(entry -> store.delete(keys().wal(entry.label())).join());
  }

  LabelSource labels() {
    return labels;
  }

  static ByteBuffer copy(ByteBuffer body) {
    return ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
  }
}
