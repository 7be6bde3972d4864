package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.StaleStateException;
import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import io.raftless.head.Head;
import io.raftless.index.InlineBlock;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Finds the first record, in order of offsets, of a time or later: an index node per level, the
 * footer of a segment, and a block. More blocks only where the latest records of one were trimmed.
 *
 * <p>One search; not thread-safe.
 */
final class TimeSeek {
  private final Partition partition;
  private final ObjectStore store;
  private final LogRuntime runtime;
  private final long timestampMillis;

  /** Objects that were not there. Steps follow one another, so no lock is needed. */
  private final Set<String> missed = new HashSet<>();

  /**
   * What was found in one head.
   *
   * @param offset of the record; empty if there is none
   * @param endOffset of the partition
   */
  record Found(OptionalLong offset, long endOffset) {
    /** Where to begin reading. */
    long orEnd() {
      return offset.orElse(endOffset);
    }
  }

  TimeSeek(Partition partition, ObjectStore store, LogRuntime runtime, long timestampMillis) {
    this.partition = partition;
    this.store = store;
    this.runtime = runtime;
    this.timestampMillis = timestampMillis;
  }

  /** Searches in the newest head; in a partition that nobody has written yet is nothing. */
  CompletableFuture<Found> find() {
    return partition.cell().readIfPresent().thenCompose(this::find);
  }

  private CompletableFuture<Found> find(Optional<CasCell.Snapshot<Head>> snapshot) {
    if (snapshot.isEmpty()) {
      return CompletableFuture.completedFuture(new Found(OptionalLong.empty(), 0));
    }
    Head head = snapshot.get().state();
    return from(head, head.startOffset())
        .exceptionallyCompose(
            trouble -> {
              Throwable cause =
                  trouble instanceof CompletionException && trouble.getCause() != null
                      ? trouble.getCause()
                      : trouble;
              return cause instanceof StaleStateException stale
                  ? again(stale)
                  : CompletableFuture.failedFuture(cause);
            });
  }

  /**
   * An object is gone, so there is a newer head. Objects are stored before a head refers to them:
   * the head that is read now must not refer to what was missing before it was read.
   */
  private CompletableFuture<Found> again(StaleStateException stale) {
    String what = String.valueOf(stale.getMessage());
    if (!missed.add(what)) {
      String key = stale.key() == null ? partition.toString() : stale.key();
      return CompletableFuture.failedFuture(
          new DamagedException(
              Damage.of(
                  Damage.Kind.MISSING_OBJECT,
                  partition.number(),
                  key,
                  -1,
                  -1,
                  what + ", but the newest head refers to it")));
    }
    return find();
  }

  private CompletableFuture<Found> from(Head head, long from) {
    return partition
        .index()
        .blockAtTime(head, timestampMillis, from)
        .thenCompose(
            block ->
                block.isEmpty()
                    ? CompletableFuture.completedFuture(
                        new Found(OptionalLong.empty(), head.nextOffset()))
                    : in(head, block.get(), from));
  }

  private CompletableFuture<Found> in(Head head, DataBlock block, long from) {
    return bytes(block)
        .thenApplyAsync(bytes -> search(block, bytes, from), runtime.workers())
        .thenCompose(
            offset ->
                offset.isPresent()
                    ? CompletableFuture.completedFuture(new Found(offset, head.nextOffset()))
                    : from(head, block.endOffset()));
  }

  private CompletableFuture<ByteBuffer> bytes(DataBlock block) {
    InlineBlock inline = block.inline();
    if (inline != null) {
      return CompletableFuture.completedFuture(inline.buffer());
    }
    return store
        .getRange(block.key(), block.position(), block.length())
        .thenApply(
            outcome -> {
              if (!(outcome instanceof GetOutcome.Found found)) {
                throw StaleStateException.gone(block.key());
              }
              return found.body();
            });
  }

  private OptionalLong search(DataBlock block, ByteBuffer bytes, long from) {
    int number = partition.number();
    List<LogRecord> records = block.records(number, block.parse(number, bytes));
    for (int i = (int) Math.max(0, from - block.baseOffset()); i < records.size(); i++) {
      if (records.get(i).timestamp() >= timestampMillis) {
        return OptionalLong.of(block.baseOffset() + i);
      }
    }
    return OptionalLong.empty();
  }
}
