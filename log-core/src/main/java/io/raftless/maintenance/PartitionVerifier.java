package io.raftless.maintenance;

import io.raftless.cas.StaleStateException;
import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.FormatException;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentFooter;
import io.raftless.head.DataBlock;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.InlineBlock;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.runtime.Waiting;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Verifies one partition, from left to right, on a snapshot of its head. After something that is
 * wrong it goes on with what the index claims at that place, so that one damage is one finding and
 * what is behind it is verified too.
 *
 * <p>What is missing is looked at again on a newer head, which was read after it was missed.
 * Objects are stored before a head refers to them, and never again under that key: so if the newer
 * head still refers to it, it is lost; and if it does not, it was compacted, rewritten or trimmed.
 *
 * <p>One thread's.
 */
final class PartitionVerifier {
  private final ObjectStore store;
  private final LogKeys keys;
  private final VerifyOptions options;
  private final PartitionHead partition;
  private final int number;
  private final Verification verification;
  private final DataReads reads;
  private final @Nullable LabelOffsets labels;

  private record Range(long from, long to) {
    boolean overlaps(Item item) {
      return item.baseOffset() < to && from < item.endOffset();
    }
  }

  /** What is to be looked at on the next head, in order of offsets. */
  private List<Range> again = new ArrayList<>();

  /** In which pass an object was missed first. */
  private final Map<String, Integer> missedIn = new HashMap<>();

  private int pass;

  PartitionVerifier(
      ObjectStore store,
      LogKeys keys,
      VerifyOptions options,
      PartitionHead partition,
      Verification verification) {
    this.store = store;
    this.keys = keys;
    this.options = options;
    this.partition = partition;
    this.number = partition.number();
    this.verification = verification;
    this.reads = new DataReads(store);
    this.labels = options.areLabelsChecked() ? new LabelOffsets() : null;
  }

  void verify() {
    again.add(new Range(options.from(), options.to()));
    while (!again.isEmpty()) {
      List<Range> ranges = again;
      again = new ArrayList<>();
      pass++;
      Optional<Head> head = readHead();
      if (head.isEmpty()) {
        return;
      }
      // A reader of its own: what is in memory proves nothing about the store.
      Pass walk = new Pass(head.get(), new IndexReader(store, keys));
      ranges.forEach(walk::verify);
      reads.finish();
    }
  }

  /** Empty if nobody has written the partition yet, or it cannot be read. */
  private Optional<Head> readHead() {
    try {
      return Waiting.join(partition.readHead());
    } catch (CompletionException e) {
      if (e.getCause() instanceof FormatException damaged) {
        String what = String.valueOf(damaged.getMessage());
        found(Damage.Kind.DAMAGED_INDEX, keys.head(number), -1, -1, what);
        return Optional.empty();
      }
      throw e;
    }
  }

  private void found(Damage.Kind kind, String key, long baseOffset, long endOffset, String what) {
    verification.found(Damage.of(kind, number, key, baseOffset, endOffset, what));
  }

  private void missed(String key, Damage damage) {
    int first = missedIn.computeIfAbsent(key, unseen -> pass);
    if (first < pass) {
      verification.found(damage);
      return;
    }
    long from = Math.max(damage.baseOffset(), options.from());
    long to = Math.min(damage.endOffset(), options.to());
    Range last = again.isEmpty() ? null : again.get(again.size() - 1);
    if (last != null && last.to() == from) {
      again.set(again.size() - 1, new Range(last.from(), to));
    } else {
      again.add(new Range(from, to));
    }
  }

  private void countLabel(UUID label, long offset, String key, long endOffset) {
    long before = labels == null ? -1 : labels.add(label, offset);
    // What is looked at again is where it was.
    if (before >= 0 && before != offset) {
      found(
          Damage.Kind.DUPLICATE_BATCH,
          key,
          offset,
          endOffset,
          "batch " + label + " is at offset " + before + " already");
    }
  }

  /** A walk over one head. */
  private final class Pass {
    private final Head head;
    private final IndexReader index;

    Pass(Head head, IndexReader index) {
      this.head = head;
      this.index = index;
    }

    void verify(Range range) {
      String key = keys.head(number);
      List<Item> segments = head.segments().items();
      Chain cursorChain = items(segments, key, Integer.MAX_VALUE, head.startChain(), range);
      Chain end = items(head.wal().items(), key, Integer.MAX_VALUE, cursorChain, range);
      if (!end.equals(head.chain())) {
        List<Item> wal = head.wal().items();
        long last =
            wal.stream()
                .filter(NodeRef.class::isInstance)
                .mapToLong(Item::endOffset)
                .max()
                .orElse(head.compactionCursor());
        chainMismatch(key, last, head.nextOffset(), end, head.chain());
      }
    }

    private void chainMismatch(String key, long base, long end, Chain actual, Chain claimed) {
      found(
          Damage.Kind.CHAIN_MISMATCH,
          key,
          base,
          end,
          "the batches give the hash chain " + actual + ", not " + claimed);
    }

    /**
     * Verifies what overlaps the range of items that follow one another.
     *
     * @param key where they are
     * @param level of the node they are in
     * @param before the chain before the first
     * @return the chain after the last
     */
    private Chain items(
        List<? extends Item> items, String key, int level, Chain before, Range range) {
      Chain chain = before;
      for (Item item : items) {
        if (!range.overlaps(item)) {
          chain = item.chainAfter(number, chain);
        } else if (item instanceof NodeRef ref) {
          chain = node(ref, level, chain, range);
        } else if (item instanceof Segment segment) {
          chain = segment(segment, chain);
        } else {
          chain = entry((Entry) item, key, chain);
        }
      }
      return chain;
    }

    private Chain node(NodeRef ref, int levelAbove, Chain before, Range range) {
      String key = keys.node(number, ref.node());
      IndexNode node = look(index.read(number, ref.node()), ref);
      if (node == null) {
        return ref.chain();
      }
      if (node.level() >= levelAbove) {
        foundInIndex(key, ref, "a node of level " + node.level() + " in one of " + levelAbove);
        return ref.chain();
      }
      if (!isDense(node.items(), ref)) {
        foundInIndex(key, ref, "its items do not follow one another: " + ends(node.items()));
      } else if (!NodeRef.to(ref.node(), node.items(), ref.chain()).equals(ref)) {
        NodeRef actual = NodeRef.to(ref.node(), node.items(), ref.chain());
        foundInIndex(key, ref, "the index says " + ref + ", but there is " + actual);
      }
      Chain after = items(node.items(), key, node.level(), before, range);
      if (!after.equals(ref.chain())) {
        chainMismatch(key, ref.baseOffset(), ref.endOffset(), after, ref.chain());
      }
      return ref.chain();
    }

    private static boolean isDense(List<? extends Item> items, NodeRef ref) {
      long next = ref.baseOffset();
      for (Item item : items) {
        if (item.baseOffset() != next || item.endOffset() <= next) {
          return false;
        }
        next = item.endOffset();
      }
      return next == ref.endOffset();
    }

    private static String ends(List<? extends Item> items) {
      List<String> all = new ArrayList<>();
      items.forEach(item -> all.add(item.baseOffset() + " to " + item.endOffset()));
      return String.join(", ", all);
    }

    private void foundInIndex(String key, Item item, String what) {
      found(Damage.Kind.DAMAGED_INDEX, key, item.baseOffset(), item.endOffset(), what);
    }

    /** What a reference leads to; null, and noted, if it is missing or damaged. */
    private <T> @Nullable T look(CompletableFuture<T> future, Item item) {
      try {
        return Waiting.join(future);
      } catch (CompletionException e) {
        if (e.getCause() instanceof StaleStateException stale && stale.key() != null) {
          String key = stale.key();
          missed(key, lost(key, item.baseOffset(), item.endOffset()));
          return null;
        }
        if (e.getCause() instanceof DamagedException damaged) {
          Damage damage = damaged.damage();
          verification.found(
              damage.baseOffset() >= 0
                  ? damage
                  : Damage.of(
                      damage.kind(),
                      number,
                      damage.key(),
                      item.baseOffset(),
                      item.endOffset(),
                      damage.message()));
          return null;
        }
        throw e;
      }
    }

    private Damage lost(String key, long baseOffset, long endOffset) {
      return Damage.of(
          Damage.Kind.MISSING_OBJECT,
          number,
          key,
          baseOffset,
          endOffset,
          "it is not there, but the newest head refers to it");
    }

    private Chain entry(Entry entry, String key, Chain before) {
      verification.countBatch(entry.count());
      countLabel(entry.label().value(), entry.baseOffset(), key, entry.endOffset());
      // The data of what was trimmed may be gone.
      if (entry.endOffset() > head.startOffset()) {
        data(index.block(number, entry));
      }
      return entry.chainAfter(number, before);
    }

    private void data(DataBlock block) {
      boolean isFull = options.mode() == VerifyOptions.Mode.FULL;
      InlineBlock inline = block.inline();
      if (inline != null) {
        if (isFull) {
          new BlockCheck(number, block, inline.buffer()).run(verification);
        }
        return;
      }
      int length = isFull ? block.length() : 1;
      reads.read(
          block.key(),
          block.position() + block.length() - length,
          length,
          outcome -> {
            if (!(outcome instanceof GetOutcome.Found found)) {
              missed(block.key(), lost(block.key(), block.baseOffset(), block.endOffset()));
            } else if (isFull) {
              verification.countObject();
              new BlockCheck(number, block, found.body()).run(verification);
            } else if (found.body().remaining() < length) {
              verification.found(
                  block.damage(Damage.Kind.MISSING_OBJECT, number, "the object ends before"));
            } else {
              verification.countObject();
            }
          });
    }

    private Chain segment(Segment segment, Chain before) {
      ProvenanceList sources = look(index.sources(number, segment), segment);
      if (sources != null) {
        sources(segment, sources, before);
      }
      if (segment.endOffset() > head.startOffset()) {
        segmentData(segment, sources);
      }
      return segment.chain();
    }

    private void sources(Segment segment, ProvenanceList sources, Chain before) {
      String key = keys.provenance(number, segment.provenance());
      Chain chain = before;
      for (int i = 0; i < sources.size(); i++) {
        long crc = Integer.toUnsignedLong(sources.crc(i));
        UUID label = sources.label(i);
        if (label.version() != 7) {
          foundInIndex(key, segment, "source " + i + " has no label: " + label);
          return;
        }
        chain = chain.next(number, new Label(label), sources.count(i), crc);
        verification.countBatch(sources.count(i));
        countLabel(label, sources.baseOffset(i), key, sources.endOffset(i));
      }
      if (!chain.equals(segment.chain())) {
        chainMismatch(key, segment.baseOffset(), segment.endOffset(), chain, segment.chain());
      }
      if (!sources.minLabel().equals(segment.minLabel().value())
          || !sources.maxLabel().equals(segment.maxLabel().value())) {
        foundInIndex(
            key,
            segment,
            "its labels are "
                + sources.minLabel()
                + " to "
                + sources.maxLabel()
                + ", but the index says "
                + segment.minLabel()
                + " to "
                + segment.maxLabel());
      }
    }

    private void segmentData(Segment segment, @Nullable ProvenanceList sources) {
      Label label = segment.label();
      if (label == null
          || segment.dataOffset() > Math.max(segment.baseOffset(), head.startOffset())) {
        String key = keys.provenance(number, segment.provenance());
        found(
            Damage.Kind.MISSING_OBJECT,
            key,
            Math.max(segment.baseOffset(), head.startOffset()),
            segment.dataOffset(),
            "these offsets can be read, but no object has them");
      }
      if (label == null) {
        return;
      }
      SegmentFooter footer = look(index.footer(number, segment), segment);
      if (footer == null) {
        return;
      }
      verification.countObject();
      boolean isWhole = segment.dataOffset() == segment.baseOffset();
      if (footer.maxTimestamp() > segment.maxTimestamp()
          || (isWhole && footer.maxTimestamp() != segment.maxTimestamp())) {
        foundInIndex(
            keys.segment(number, label),
            segment,
            "its latest record is of "
                + footer.maxTimestamp()
                + ", but the index says "
                + segment.maxTimestamp());
      }
      if (options.mode() == VerifyOptions.Mode.FULL) {
        new SegmentCheck(
                number, keys.segment(number, label), segment, footer, sources, verification)
            .read(reads, key -> missed(key, lost(key, segment.baseOffset(), segment.endOffset())));
      }
    }
  }
}
