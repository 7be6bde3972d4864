package io.raftless.connect.sink;

import io.raftless.format.LogRecord;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import io.raftless.log.WriterClaim;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A topic-partition that is assigned to the task, from its open to its close. Owned by the task's
 * thread.
 *
 * <p>Its records go from {@code buffer} to a chunk that is being uploaded, to a chunk that is
 * staged, to the log; always in the order of their offsets:
 *
 * <pre>
 *   stored position ≤ chunks, oldest first &lt; buffer &lt; next
 * </pre>
 */
final class TaskPartition {
  static final long UNKNOWN = -1;

  /** A record that was not uploaded yet. */
  record Buffered(long offset, LogRecord record, long bytes, long sinceMillis) {}

  /** A record that the error reporter has. */
  record Report(long offset, Future<Void> future) {}

  /** Offsets that did not come: {@code from} was expected, {@code seen} came. */
  record Gap(long from, long seen) {}

  /** Records that went into one object. */
  static final class Chunk {
    final long first;
    final long last;
    final int records;
    final long bytes;
    final long sinceMillis;

    /** Null while it is being uploaded. */
    @Nullable List<StagedBatch> staged;

    Chunk(List<Buffered> content, long bytes) {
      this.first = content.get(0).offset();
      this.last = content.get(content.size() - 1).offset();
      this.records = content.size();
      this.bytes = bytes;
      this.sinceMillis = content.get(0).sinceMillis();
    }
  }

  final TopicPartition id;
  final String writerId;
  final LogTarget target;
  final PartitionLifecycle lifecycle;

  /** Counts acquires: what an earlier one began means nothing any more. */
  int tenure;

  /** Of the acquire that is under way; kept over its retries, null when the next is a fresh one. */
  @Nullable String holder;

  @Nullable RaftlessLog log;
  @Nullable WriterClaim claim;

  /** Where it goes on, once that is stored; the next {@code put} or {@code open} opens it. */
  @Nullable Decision ready;

  /** Whether Kafka is to be asked where it is, to decide where it goes on. */
  boolean awaitsView;

  /** What the head has, as it is there and decoded. */
  @Nullable String storedJson;

  @Nullable StoredPosition stored;

  /** The next offset that is taken; {@link #UNKNOWN} until the first record of a new sink says. */
  long next = UNKNOWN;

  /** Where the consumer was, if no head says where to start. */
  long consumerStart = UNKNOWN;

  /**
   * Whether the consumer has surely done the rewind that it was told: a {@code put} came since.
   * Until then what Connect says of its offsets is of the time before.
   */
  boolean hasRewound;

  final Deque<Buffered> buffer = new ArrayDeque<>();
  final Deque<Chunk> chunks = new ArrayDeque<>();
  final Deque<Report> reports = new ArrayDeque<>();
  long bufferedBytes;
  long uncommittedBytes;
  int uncommittedRecords;

  /** One append or store of a position at a time. */
  boolean commitInFlight;

  long commitStartedMillis;

  /** The first gap that was not judged yet. Nothing at or behind it is uploaded. */
  @Nullable Gap gap;

  /** The first one that came after Kafka was asked about {@link #gap}. */
  @Nullable Gap gapSinceLook;

  boolean isGapAsked;

  /** {@link #next} when Kafka was asked. */
  long nextAtLook;

  /** Records came that were there already, and nobody asked for them. */
  boolean isSuspicious;

  /** Whether Kafka is to be asked if the topic is what it was. */
  boolean wantsCheck;

  /**
   * What was behind the gap is lost: what was before it is still appended, nothing more is taken,
   * and then it is acquired anew to decide where to go on.
   */
  boolean isCut;

  /** Kafka did not say where it is, and is not asked before. */
  long lookAgainAtMillis = Long.MIN_VALUE;

  int lookFailures;
  long retryAtMillis;
  int failures;
  long failingSinceMillis = UNKNOWN;
  long lastFailureMillis = UNKNOWN;

  TaskPartition(
      TopicPartition id, String writerId, LogTarget target, PartitionLifecycle lifecycle) {
    this.id = id;
    this.writerId = writerId;
    this.target = target;
    this.lifecycle = lifecycle;
  }

  PartitionState state() {
    return lifecycle.state();
  }

  /** Whether it has a claim and may append. */
  boolean isActive() {
    return state() == PartitionState.OPEN || state() == PartitionState.PAUSED;
  }

  boolean is(int ofTenure) {
    return tenure == ofTenure && state() != PartitionState.CLOSED;
  }

  WriterClaim requireClaim() {
    if (claim == null) {
      throw new IllegalStateException(id + " is " + state() + " without a claim");
    }
    return claim;
  }

  RaftlessLog requireLog() {
    if (log == null) {
      throw new IllegalStateException(id + " is " + state() + " without a log");
    }
    return log;
  }

  StoredPosition requireStored() {
    if (stored == null) {
      throw new IllegalStateException(id + " is " + state() + " without a position");
    }
    return stored;
  }

  void buffer(Buffered record) {
    buffer.addLast(record);
    bufferedBytes += record.bytes();
    uncommittedBytes += record.bytes();
    uncommittedRecords++;
    next = record.offset() + 1;
  }

  /** That an offset comes that is not the next one. */
  void noteGap(long seen) {
    Gap found = new Gap(next, seen);
    if (gap == null) {
      gap = found;
    } else if (isGapAsked && gapSinceLook == null) {
      gapSinceLook = found;
    }
  }

  /** Kafka says that nothing was lost in the gap that it was asked about, and so in none before. */
  void gapIsOrdinary() {
    gap = gapSinceLook;
    gapSinceLook = null;
    isGapAsked = false;
  }

  /** Kafka did not answer: the next look covers all gaps until then. */
  void gapIsUndecided() {
    gapSinceLook = null;
    isGapAsked = false;
  }

  /** Records from this offset on must not be uploaded yet. */
  long uploadLimit() {
    return gap == null ? Long.MAX_VALUE : gap.from();
  }

  boolean hasUploadable() {
    Buffered first = buffer.peekFirst();
    return first != null && first.offset() < uploadLimit();
  }

  /** Takes records to upload, at least one if there are any. */
  List<Buffered> take(long maxBytes) {
    List<Buffered> taken = new ArrayList<>();
    long limit = uploadLimit();
    long bytes = 0;
    Buffered first = buffer.peekFirst();
    while (first != null && first.offset() < limit && (taken.isEmpty() || bytes < maxBytes)) {
      buffer.removeFirst();
      bytes += first.bytes();
      taken.add(first);
      first = buffer.peekFirst();
    }
    bufferedBytes -= bytes;
    return taken;
  }

  /**
   * Drops what is buffered behind the gap, and the gap.
   *
   * @return how many bytes
   */
  long cutAt(Gap at) {
    long bytes = 0;
    Buffered last = buffer.peekLast();
    while (last != null && last.offset() >= at.from()) {
      buffer.removeLast();
      bytes += last.bytes();
      uncommittedRecords--;
      last = buffer.peekLast();
    }
    reports.removeIf(report -> report.offset() >= at.from());
    bufferedBytes -= bytes;
    uncommittedBytes -= bytes;
    next = at.from();
    gap = null;
    gapSinceLook = null;
    isGapAsked = false;
    isCut = true;
    return bytes;
  }

  /** When its oldest record was buffered that is not in the log; empty if there is none. */
  long oldestMillis() {
    Chunk chunk = chunks.peekFirst();
    if (chunk != null) {
      return chunk.sinceMillis;
    }
    Buffered first = buffer.peekFirst();
    return first == null ? Long.MAX_VALUE : first.sinceMillis();
  }

  boolean hasUploading() {
    Chunk last = chunks.peekLast();
    // Rounds finish in any order, so it may be any of them.
    return last != null && chunks.stream().anyMatch(chunk -> chunk.staged == null);
  }

  /** The chunks that can be appended now: staged, in order, and before what is being reported. */
  List<Chunk> committable() {
    long limit = reports.isEmpty() ? Long.MAX_VALUE : reports.getFirst().offset();
    List<Chunk> prefix = new ArrayList<>();
    for (Chunk chunk : chunks) {
      if (chunk.staged == null || chunk.last >= limit) {
        break;
      }
      prefix.add(chunk);
    }
    return prefix;
  }

  /**
   * The offset to store with the first {@code committed} chunks: everything before it is in the
   * log, was left out on purpose, or never was.
   */
  long nextAfter(int committed) {
    long after = Math.min(next, uploadLimit());
    if (!reports.isEmpty()) {
      after = Math.min(after, reports.getFirst().offset());
    }
    if (committed < chunks.size()) {
      return Math.min(after, chunks.stream().skip(committed).findFirst().orElseThrow().first);
    }
    Buffered first = buffer.peekFirst();
    return first == null ? after : Math.min(after, first.offset());
  }

  void committed(int count) {
    for (int i = 0; i < count; i++) {
      Chunk chunk = chunks.removeFirst();
      uncommittedBytes -= chunk.bytes;
      uncommittedRecords -= chunk.records;
    }
  }

  /**
   * Forgets everything that is not in the log.
   *
   * @return how many records
   */
  int discard() {
    int discarded = uncommittedRecords;
    buffer.clear();
    chunks.clear();
    reports.clear();
    bufferedBytes = 0;
    uncommittedBytes = 0;
    uncommittedRecords = 0;
    commitInFlight = false;
    gap = null;
    gapSinceLook = null;
    isGapAsked = false;
    isSuspicious = false;
    wantsCheck = false;
    isCut = false;
    awaitsView = false;
    hasRewound = false;
    ready = null;
    claim = null;
    stored = null;
    storedJson = null;
    next = UNKNOWN;
    // What is under way from now on belongs to the past.
    tenure++;
    return discarded;
  }
}
