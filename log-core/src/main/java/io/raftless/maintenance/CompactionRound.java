package io.raftless.maintenance;

import io.raftless.format.FormatException;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentFooter;
import io.raftless.format.SegmentObject;
import io.raftless.format.SegmentWriter;
import io.raftless.head.Compact;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.Item;
import io.raftless.index.Segment;
import io.raftless.runtime.Waiting;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes segments of the beginning of one head's WAL, and stores them; nobody knows them yet.
 *
 * <p>In order of offsets there is first what is trimmed, of which only the labels are needed and no
 * data is read: it becomes segments without data. Then what is readable, together with the
 * undersized segments before it. Either kind of undersized segments is merged only when everything
 * up to the cursor is of that kind, since only the last segments of the index can be replaced.
 *
 * <p>Memory: one segment, and what is read ahead. Not thread-safe.
 */
final class CompactionRound {

  /** Where new objects go. */
  interface Objects {
    /** Waits until the segment, if there is one, and its provenance list are durable. */
    void store(@Nullable SegmentObject segment, Label provenanceLabel, ProvenanceList provenance)
        throws InterruptedException;
  }

  private final ObjectStore store;
  private final LogKeys keys;
  private final IndexReader index;
  private final LabelSource labels;
  private final CompactionOptions options;
  private final Objects objects;
  private final Head head;
  private final WalBatches wal;
  private final List<Segment> made = new ArrayList<>();
  private List<Segment> merged = List.of();
  private long batches;

  /** What the WAL has from here on: stored bytes, as far as the head can tell. */
  private long newBytes;

  /**
   * Prepares a round; nothing is read yet.
   *
   * @param store where data is read
   * @param upTo how far in the WAL to go at most: an offset where a batch ends
   */
  CompactionRound(
      ObjectStore store,
      LogKeys keys,
      IndexReader index,
      LabelSource labels,
      CompactionOptions options,
      Objects objects,
      Head head,
      long upTo) {
    this.store = store;
    this.keys = keys;
    this.index = index;
    this.labels = labels;
    this.options = options;
    this.objects = objects;
    this.head = head;
    this.wal = new WalBatches(keys, index, head, upTo);
  }

  /** Batches of the WAL in the plan. */
  long batches() {
    return batches;
  }

  /**
   * Reads, writes and says what to install; empty if there is nothing to compact.
   *
   * @throws io.raftless.cas.StaleStateException if something is gone
   * @throws FormatException if something is damaged, naming the object
   */
  Optional<Compact.Plan> run() throws InterruptedException {
    Entry first = wal.peek();
    newBytes = first == null ? 0 : head.wal().items().stream().mapToLong(Item::bytes).sum();
    if (head.startOffset() >= head.compactionCursor()) {
      addTrimmed();
      addReadable(List.of());
    } else {
      merged = Undersized.withData(head, options, newBytes, first == null ? 0 : first.length());
      addReadable(merged);
    }
    return made.isEmpty()
        ? Optional.empty()
        : Optional.of(new Compact.Plan(head.compactionCursor(), head.cursorChain(), merged, made));
  }

  private void addTrimmed() throws InterruptedException {
    Trimmed first = nextTrimmed(options.maxSources());
    merged = Undersized.trimmed(head, options, first.sources());
    if (!merged.isEmpty() || first.sources() > 0) {
      add(merged, first);
    }
    while (made.size() < options.segmentsPerRound()) {
      Trimmed more = nextTrimmed(options.maxSources());
      if (more.sources() == 0) {
        return;
      }
      add(List.of(), more);
    }
  }

  /**
   * Batches of the WAL of which only the labels are needed.
   *
   * @param list null if there are none
   * @param chain after them
   * @param maxTimestamp of their records
   */
  private record Trimmed(@Nullable ProvenanceList list, Chain chain, long maxTimestamp) {
    int sources() {
      return list == null ? 0 : list.size();
    }
  }

  private Trimmed nextTrimmed(int most) throws InterruptedException {
    Entry entry = wal.peek();
    Chain chain = head.cursorChain();
    long maxTimestamp = Long.MIN_VALUE;
    if (entry == null || entry.endOffset() > head.startOffset()) {
      return new Trimmed(null, chain, maxTimestamp);
    }
    ProvenanceList.Builder list =
        ProvenanceList.builder(head.incarnation().value(), head.partition(), entry.baseOffset());
    while (entry != null && entry.endOffset() <= head.startOffset() && list.size() < most) {
      Piece.WalBatch batch = wal.next();
      list.add(entry.label().value(), entry.count(), (int) entry.crc(), entry.origin());
      chain = batch == null ? chain : batch.chain();
      maxTimestamp = Math.max(maxTimestamp, entry.maxTimestamp());
      entry = wal.peek();
    }
    return new Trimmed(list.build(), chain, maxTimestamp);
  }

  /** A segment without data. */
  private void add(List<Segment> older, Trimmed newer) throws InterruptedException {
    List<ProvenanceList> lists = new ArrayList<>(sourcesOf(older));
    long maxTimestamp = newer.maxTimestamp();
    for (Segment segment : older) {
      maxTimestamp = Math.max(maxTimestamp, segment.maxTimestamp());
    }
    ProvenanceList newList = newer.list();
    if (newList != null) {
      lists.add(newList);
      batches += newList.size();
    }
    ProvenanceList all = ProvenanceList.concat(lists);
    Label provenance = labels.next(head.horizon());
    objects.store(null, provenance, all);
    made.add(
        new Segment(
            all.endOffset(),
            all.endOffset() - all.baseOffset(),
            all.endOffset(),
            null,
            0,
            0,
            provenance,
            all.size(),
            maxTimestamp,
            new Label(all.minLabel()),
            new Label(all.maxLabel()),
            newer.chain()));
  }

  /** The sources of the last segments of the head, which are checked to make up their chains. */
  private List<ProvenanceList> sourcesOf(List<Segment> older) throws InterruptedException {
    List<ProvenanceList> lists = new ArrayList<>();
    Chain chain =
        head.segments().withoutLast(older.size()).endChain(head.partition(), head.startChain());
    for (Segment segment : older) {
      ProvenanceList list = Waiting.on(index.sources(head.partition(), segment));
      for (int i = 0; i < list.size(); i++) {
        chain =
            chain.next(
                head.partition(),
                new Label(list.label(i)),
                list.count(i),
                Integer.toUnsignedLong(list.crc(i)));
      }
      if (!chain.equals(segment.chain())) {
        throw new FormatException(
            keys.provenance(head.partition(), segment.provenance())
                + " gives the hash chain "
                + chain
                + " at offset "
                + segment.endOffset()
                + ", but the index says "
                + segment.chain()
                + ": batches were lost or altered; nothing was compacted");
      }
      lists.add(list);
    }
    return lists;
  }

  private void addReadable(List<Segment> older) throws InterruptedException {
    List<Segment> before = older;
    PieceReader<Piece.WalBatch> newer = new PieceReader<>(store, wal::next);
    while (made.size() < options.segmentsPerRound()
        && (!before.isEmpty() || newer.peek() != null)) {
      addReadable(before, newer);
      before = List.of();
    }
  }

  /** One segment: older ones, and as many batches as fit. */
  private void addReadable(List<Segment> older, PieceReader<Piece.WalBatch> newer)
      throws InterruptedException {
    List<ProvenanceList> lists = sourcesOf(older);
    List<SegmentFooter> footers = new ArrayList<>();
    long olderBytes = 0;
    for (Segment segment : older) {
      footers.add(Waiting.on(index.footer(head.partition(), segment)));
      olderBytes += segment.bytes();
    }
    Label label = labels.next(head.horizon());
    long sourcesOffset;
    long dataOffset;
    if (older.isEmpty()) {
      Piece.WalBatch first = newer.peek();
      if (first == null) {
        return;
      }
      sourcesOffset = first.baseOffset();
      dataOffset = sourcesOffset;
    } else {
      sourcesOffset = older.get(0).baseOffset();
      dataOffset = footers.get(0).blocksFrom(head.startOffset()).get(0).baseOffset();
    }
    SegmentWriter writer =
        new SegmentWriter(
            head.incarnation().value(),
            label.value(),
            head.partition(),
            sourcesOffset,
            dataOffset,
            Math.max(0, Math.min(options.segmentBytes(), olderBytes + newBytes)),
            options.blocks());
    for (int i = 0; i < older.size(); i++) {
      writer.addSources(lists.get(i));
      copy(older.get(i), footers.get(i), writer);
    }
    Chain chain = older.isEmpty() ? head.cursorChain() : older.get(older.size() - 1).chain();
    int sources = lists.stream().mapToInt(ProvenanceList::size).sum();
    Piece.WalBatch batch = newer.peek();
    while (batch != null && sources < options.maxSources() && fits(writer, batch)) {
      Entry entry = batch.entry();
      try {
        writer.addSource(
            entry.label().value(), entry.count(), (int) entry.crc(), entry.origin(), newer.take());
      } catch (FormatException e) {
        throw batch.damaged(head.partition(), e);
      }
      newBytes -= batch.length();
      chain = batch.chain();
      sources++;
      batches++;
      batch = newer.peek();
    }
    finish(writer, label, sourcesOffset, chain);
  }

  private boolean fits(SegmentWriter writer, Piece.WalBatch batch) {
    return writer.count() == 0 || writer.storedBytes() + batch.length() <= options.segmentBytes();
  }

  /** The blocks of an older segment, without those that are trimmed. */
  private void copy(Segment segment, SegmentFooter footer, SegmentWriter writer)
      throws InterruptedException {
    Label label = segment.label();
    if (label == null) {
      throw new IllegalStateException("readable offsets have data: " + segment);
    }
    String key = keys.segment(head.partition(), label);
    Iterator<SegmentFooter.Block> blocks = footer.blocksFrom(head.startOffset()).iterator();
    PieceReader<Piece.OldBlock> reader =
        new PieceReader<>(
            store, () -> blocks.hasNext() ? new Piece.OldBlock(key, blocks.next()) : null);
    Piece.OldBlock piece = reader.peek();
    while (piece != null) {
      var bytes = reader.take();
      try {
        piece.block().parse(bytes);
        writer.addBlock(bytes);
      } catch (FormatException e) {
        throw piece.damaged(head.partition(), e);
      }
      piece = reader.peek();
    }
  }

  private void finish(SegmentWriter writer, Label label, long sourcesOffset, Chain chain)
      throws InterruptedException {
    SegmentObject object = writer.finish();
    ProvenanceList sources = object.sources();
    Label provenance = labels.next(head.horizon());
    objects.store(object, provenance, sources);
    made.add(
        new Segment(
            sources.endOffset(),
            sources.endOffset() - sourcesOffset,
            object.footer().baseOffset(),
            label,
            object.objectBytes(),
            object.footerBytes(),
            provenance,
            sources.size(),
            object.footer().maxTimestamp(),
            new Label(sources.minLabel()),
            new Label(sources.maxLabel()),
            chain));
  }
}
