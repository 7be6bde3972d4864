package io.raftless.head;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.index.SpineIndex;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state of a partition: the one object that its every change replaces (design §4).
 *
 * @param format version of the structure
 * @param incarnation of the log
 * @param partition of the log
 * @param version +1 with every write
 * @param lastWrite the label of the write that made this version
 * @param state whether appends are taken
 * @param nextOffset the sequence counter: the offset that the next record gets
 * @param startOffset the first readable offset
 * @param compactionCursor the first offset that is not compacted
 * @param startChain the hash chain before the first entry of the index
 * @param chain the hash chain after the last entry of the index
 * @param horizon no label below it may be newly introduced into the index (design §7)
 * @param writers by writer id
 * @param segments the index of what is compacted
 * @param wal the index of what is not
 */
public record Head(
    int format,
    Incarnation incarnation,
    int partition,
    long version,
    Label lastWrite,
    LogState state,
    long nextOffset,
    long startOffset,
    long compactionCursor,
    Chain startChain,
    Chain chain,
    Label horizon,
    SortedMap<String, WriterEntry> writers,
    SpineIndex segments,
    SpineIndex wal) {

  /** The newest structure that this program knows, and the one it writes. */
  public static final int FORMAT = 1;

  public Head {
    writers = Collections.unmodifiableSortedMap(new TreeMap<>(writers));
    // Invariant: the index ends where the next record goes.
    long walEnd = wal.endOffset().orElse(compactionCursor);
    if (startOffset < 0
        || startOffset > nextOffset
        || compactionCursor > nextOffset
        || walEnd != nextOffset) {
      throw new FormatException(
          "the head of partition "
              + partition
              + " contradicts itself: start "
              + startOffset
              + ", compacted up to "
              + compactionCursor
              + ", index up to "
              + walEnd
              + ", next "
              + nextOffset);
    }
  }

  /** A head has room for this many bytes of writer ids, holders and positions: it stays small. */
  public static final int MAX_WRITERS_BYTES = 16 << 10;

  /** The head of a partition without records, as {@code log.json} wants it. */
  public static Head first(LogDescriptor descriptor, int partition) {
    return new Head(
        FORMAT,
        descriptor.incarnation(),
        partition,
        1,
        descriptor.lastWrite(),
        descriptor.state(),
        0,
        0,
        0,
        Chain.ZERO,
        Chain.ZERO,
        descriptor.horizon(),
        Collections.emptySortedMap(),
        SpineIndex.EMPTY,
        SpineIndex.EMPTY);
  }

  Head written(long newVersion, Label write) {
    return new Head(
        FORMAT,
        incarnation,
        partition,
        newVersion,
        write,
        state,
        nextOffset,
        startOffset,
        compactionCursor,
        startChain,
        chain,
        horizon,
        writers,
        segments,
        wal);
  }

  Head withState(LogState newState) {
    return new Head(
        format,
        incarnation,
        partition,
        version,
        lastWrite,
        newState,
        nextOffset,
        startOffset,
        compactionCursor,
        startChain,
        chain,
        horizon,
        writers,
        segments,
        wal);
  }

  Head withWriter(String writerId, WriterEntry writer) {
    SortedMap<String, WriterEntry> all = new TreeMap<>(writers);
    all.put(writerId, writer);
    return new Head(
        format,
        incarnation,
        partition,
        version,
        lastWrite,
        state,
        nextOffset,
        startOffset,
        compactionCursor,
        startChain,
        chain,
        horizon,
        all,
        segments,
        wal);
  }

  Head withoutWriter(String writerId) {
    SortedMap<String, WriterEntry> others = new TreeMap<>(writers);
    others.remove(writerId);
    return new Head(
        format,
        incarnation,
        partition,
        version,
        lastWrite,
        state,
        nextOffset,
        startOffset,
        compactionCursor,
        startChain,
        chain,
        horizon,
        others,
        segments,
        wal);
  }

  /** What the writers take in the head, as stored, if one of them became this. */
  int writersBytes(String writerId, WriterEntry writer) {
    int bytes = Json.encode(writerId).remaining() + writer.bytes();
    for (var entry : writers.entrySet()) {
      if (!entry.getKey().equals(writerId)) {
        bytes += Json.encode(entry.getKey()).remaining() + entry.getValue().bytes();
      }
    }
    return bytes;
  }

  Head withWal(SpineIndex newWal, long newNextOffset, Chain newChain) {
    return new Head(
        format,
        incarnation,
        partition,
        version,
        lastWrite,
        state,
        newNextOffset,
        startOffset,
        compactionCursor,
        startChain,
        newChain,
        horizon,
        writers,
        segments,
        newWal);
  }
}
