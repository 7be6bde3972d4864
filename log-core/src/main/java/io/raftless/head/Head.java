package io.raftless.head;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state of a partition: the one object that its every change replaces (design §4).
 *
 * @param format version of the structure; 1 has no origins, 2 no batches that are, or were, in the
 *     head itself
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
    SpineIndex<Segment> segments,
    SpineIndex<Entry> wal) {

  /** The newest structure that this program knows. What older ones can say is written as these. */
  public static final int FORMAT = 3;

  public Head {
    wal.requireFormat(format);
    writers = Collections.unmodifiableSortedMap(new TreeMap<>(writers));
    // Invariant: compacted offsets and the others meet at the cursor, and the index ends where the
    // next record goes.
    long segmentsEnd = segments.endOffset().orElse(compactionCursor);
    long walStart = wal.baseOffset().orElse(nextOffset);
    long walEnd = wal.endOffset().orElse(nextOffset);
    if (startOffset < 0
        || startOffset > nextOffset
        || segmentsEnd != compactionCursor
        || walStart != compactionCursor
        || walEnd != nextOffset) {
      throw new FormatException(
          "the head of partition "
              + partition
              + " contradicts itself: start "
              + startOffset
              + ", segments up to "
              + segmentsEnd
              + ", compacted up to "
              + compactionCursor
              + ", WAL from "
              + walStart
              + " to "
              + walEnd
              + ", next "
              + nextOffset);
    }
  }

  /** A head has room for this many bytes of writer ids, holders and positions: it stays small. */
  public static final int MAX_WRITERS_BYTES = 16 << 10;

  /**
   * So large, as stored, may a head be that has batches in itself, with a full table of writers.
   */
  public static final int MAX_BYTES_WITH_BATCHES = 64 << 10;

  /** The head of a partition without records, as {@code log.json} wants it. */
  public static Head first(LogDescriptor descriptor, int partition) {
    return new Head(
        1,
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
        SpineIndex.empty(),
        SpineIndex.empty());
  }

  /** The first offset that the index knows of, trimmed or not. */
  @JsonIgnore
  public long indexStart() {
    return segments.baseOffset().orElse(compactionCursor);
  }

  /** The hash chain at the compaction cursor. */
  @JsonIgnore
  public Chain cursorChain() {
    return segments.endChain(partition, startChain);
  }

  /** Whether this is terminal. */
  @JsonIgnore
  boolean isDeleted() {
    return state.status() == LogState.Status.DELETED;
  }

  Head written(long newVersion, Label write) {
    Changed changed = new Changed(this);
    changed.version = newVersion;
    changed.lastWrite = write;
    return changed.head();
  }

  Head withState(LogState newState) {
    Changed changed = new Changed(this);
    changed.state = newState;
    return changed.head();
  }

  Head withWriter(String writerId, WriterEntry writer) {
    Changed changed = new Changed(this);
    changed.writers = new TreeMap<>(writers);
    changed.writers.put(writerId, writer);
    return changed.head();
  }

  /** With more batches at the end. */
  Head appended(SpineIndex<Entry> newWal, long newNextOffset, Chain newChain) {
    Changed changed = new Changed(this);
    changed.wal = newWal;
    changed.nextOffset = newNextOffset;
    changed.chain = newChain;
    return changed.head();
  }

  /** With a prefix of the batches moved to the segments. */
  Head compacted(SpineIndex<Segment> newSegments, SpineIndex<Entry> newWal, long newCursor) {
    Changed changed = new Changed(this);
    changed.segments = newSegments;
    changed.wal = newWal;
    changed.compactionCursor = newCursor;
    return changed.head();
  }

  /** With a prefix of the index gone. */
  Head forgotten(
      SpineIndex<Segment> newSegments, SpineIndex<Entry> newWal, long newCursor, Chain newStart) {
    Changed changed = new Changed(this);
    changed.segments = newSegments;
    changed.wal = newWal;
    changed.compactionCursor = newCursor;
    changed.startChain = newStart;
    return changed.head();
  }

  Head withStartOffset(long newStartOffset) {
    Changed changed = new Changed(this);
    changed.startOffset = newStartOffset;
    return changed.head();
  }

  Head withHorizon(Label newHorizon) {
    Changed changed = new Changed(this);
    changed.horizon = newHorizon;
    return changed.head();
  }

  Head withoutWriter(String writerId) {
    Changed changed = new Changed(this);
    changed.writers = new TreeMap<>(writers);
    changed.writers.remove(writerId);
    return changed.head();
  }

  /**
   * What it takes, as stored, once the table of writers is full: an upper bound, with the little
   * that is between the writers, and that a write adds.
   */
  int bytesWithAllWriters() {
    Changed withoutWriters = new Changed(this);
    withoutWriters.writers = Collections.emptySortedMap();
    return Json.encode(withoutWriters.head()).remaining() + MAX_WRITERS_BYTES + (1 << 10);
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

  /** A head that is about to differ from another one. */
  private static final class Changed {
    private final Head from;
    private long version;
    private Label lastWrite;
    private LogState state;
    private long nextOffset;
    private long startOffset;
    private long compactionCursor;
    private Chain startChain;
    private Chain chain;
    private Label horizon;
    private SortedMap<String, WriterEntry> writers;
    private SpineIndex<Segment> segments;
    private SpineIndex<Entry> wal;

    Changed(Head from) {
      this.from = from;
      this.version = from.version;
      this.lastWrite = from.lastWrite;
      this.state = from.state;
      this.nextOffset = from.nextOffset;
      this.startOffset = from.startOffset;
      this.compactionCursor = from.compactionCursor;
      this.startChain = from.startChain;
      this.chain = from.chain;
      this.horizon = from.horizon;
      this.writers = from.writers;
      this.segments = from.segments;
      this.wal = from.wal;
    }

    Head head() {
      return new Head(
          wal.format(),
          from.incarnation,
          from.partition,
          version,
          lastWrite,
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
  }
}
