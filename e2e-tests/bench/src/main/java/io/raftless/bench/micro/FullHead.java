package io.raftless.bench.micro;

import io.raftless.bench.simulated.GrownHead;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.Json;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.index.BatchRef;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.index.InlineBlock;
import io.raftless.index.SpineIndex;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import java.util.ArrayList;
import java.util.List;

/** Heads of partitions that have been appended to for long, as large as they become. */
final class FullHead {
  private static final LogId ID = LogId.of("bench", "head");

  /** Of batches in the head: each is of few records, or it would not be there. */
  private static final int BLOCK_BYTES = 1 << 10;

  /** References on two levels, almost as many of the lower one as there may be. */
  private static final long ABOUT_BATCHES = 36_000;

  /** As many as {@link GrownHead} appends at a time. */
  private static final long STEP = 16;

  private FullHead() {}

  /**
   * A head whose room for batches is used up.
   *
   * @param inlineBytes of the newest batches, which are in the head itself, about; 0 to {@link
   *     IndexShape#MAX_INLINE_BYTES}
   */
  static Head with(int inlineBytes, long seed) throws Exception {
    Head head = grown(ABOUT_BATCHES);
    int most = IndexShape.defaults().maxEntries();
    // A level gives half of itself away when there is one too many.
    long missing = (long) most - head.wal().entries().size();
    Head full = missing < STEP ? head : grown(ABOUT_BATCHES + missing - missing % STEP);
    return inlineBytes == 0 ? full : inlined(full, inlineBytes / BLOCK_BYTES, seed);
  }

  private static Head grown(long batches) throws Exception {
    MemoryObjectStore store = new MemoryObjectStore();
    try (RaftlessLog log = RaftlessLog.create(store, ID, 1)) {
      GrownHead.install(store, ID, log.incarnation(), batches);
      String key = new LogKeys(ID + "/", log.incarnation()).head(0);
      if (!(store.get(key).get() instanceof GetOutcome.Found found)) {
        throw new IllegalStateException("there is no " + key);
      }
      return Json.decode(found.body(), Head.class, "head", Head.FORMAT);
    }
  }

  /** The same with the last batches in the head, as many records each as before. */
  private static Head inlined(Head head, int blocks, long seed) {
    List<Entry> entries = head.wal().entries();
    List<Entry> inline = new ArrayList<>();
    for (Entry entry : entries.subList(entries.size() - blocks, entries.size())) {
      inline.add(inlined(entry, seed));
    }
    SpineIndex<Entry> wal = head.wal().withoutLast(blocks).plus(inline);
    return new Head(
        wal.format(),
        head.incarnation(),
        head.partition(),
        head.version(),
        head.lastWrite(),
        head.state(),
        head.nextOffset(),
        head.startOffset(),
        head.compactionCursor(),
        head.startChain(),
        wal.endChain(head.partition(), head.startChain()),
        head.horizon(),
        head.writers(),
        head.segments(),
        wal);
  }

  private static Entry inlined(Entry entry, long seed) {
    BatchBuilder builder = new BatchBuilder();
    Texts.records(entry.count(), (BLOCK_BYTES - 100) / entry.count(), seed + entry.endOffset())
        .forEach(builder::add);
    EncodedBatch batch = builder.build(Compression.NONE);
    BatchRef ref =
        BatchRef.inline(
            entry.label(),
            InlineBlock.copyOf(batch.block()),
            batch.count(),
            batch.maxTimestamp(),
            Integer.toUnsignedLong(batch.crc()));
    return Entry.of(ref, entry.baseOffset(), null);
  }
}
