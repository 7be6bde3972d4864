package io.raftless.flink.source;

import io.raftless.log.GroupPosition;
import io.raftless.log.PartitionStatus;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReaderOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Resolves where to start and stop in partitions of one log, and makes splits of them. */
final class SplitMaker {
  private static final Logger LOG = LoggerFactory.getLogger(SplitMaker.class);

  private final SourceSettings<?> settings;
  private final RaftlessLog log;

  /** Whether to start where the user said: else at the partition's start. */
  private final boolean isFirst;

  private final List<CompletableFuture<List<RaftlessSplit>>> begun = new ArrayList<>();
  private int partitions;

  /** Guarded by this: several partitions are looked at at a time. */
  private long trimmedRecords;

  SplitMaker(SourceSettings<?> settings, RaftlessLog log, boolean isFirst) {
    this.settings = settings;
    this.log = log;
    this.isFirst = isFirst;
  }

  /** Begins to look at a partition; one that is not to be read is known from then on, too. */
  void begin(int partition) {
    partitions = Math.max(partitions, partition + 1);
    if (!settings.reads(partition)) {
      return;
    }
    // The head is read first: a record that is there, but was not yet when a time was looked for,
    // is rather read although it is too old than left out.
    begun.add(
        log.status(partition)
            .thenCompose(
                status ->
                    startOffset(isFirst ? settings.start() : StartPosition.earliest(), status)
                        .thenCombine(
                            stopOffset(settings.stop(), status),
                            (start, stop) -> splits(status, start, stop))));
  }

  /** The splits of all partitions that were begun, in order; waits for them. */
  List<RaftlessSplit> finish() {
    return begun.stream().flatMap(splits -> splits.join().stream()).toList();
  }

  /** The log, up to the last partition that was begun: it may have more by now. */
  KnownLog known() {
    return new KnownLog(log.incarnation(), partitions);
  }

  /** How many records that were to be read are not there any more. */
  synchronized long trimmedRecords() {
    return trimmedRecords;
  }

  private CompletableFuture<Long> startOffset(StartPosition start, PartitionStatus status) {
    LogPartition partition = new LogPartition(log.id(), status.partition());
    if (start instanceof StartPosition.Earliest) {
      return CompletableFuture.completedFuture(status.startOffset());
    }
    if (start instanceof StartPosition.Latest) {
      return CompletableFuture.completedFuture(status.nextOffset());
    }
    if (start instanceof StartPosition.Timestamp time) {
      return offsetForTime(time.epochMillis(), status);
    }
    if (start instanceof StartPosition.Group group) {
      return log.group(group.name())
          .position(status.partition())
          .thenCompose((GroupPosition at) -> startOf(group, at, status));
    }
    if (start instanceof StartPosition.Offsets offsets) {
      return given(
          PartitionOffsets.of(
              offsets.byPartition(), status.partition(), partition, "startPosition"),
          status,
          "startPosition");
    }
    StartPosition.OffsetsOf offsets = (StartPosition.OffsetsOf) start;
    return given(
        PartitionOffsets.of(offsets.byLogPartition(), partition, partition, "startPosition"),
        status,
        "startPosition");
  }

  private CompletableFuture<Long> startOf(
      StartPosition.Group group, GroupPosition at, PartitionStatus status) {
    return at.offset().isPresent()
        ? given(at.offset().getAsLong(), status, "group '" + group.name() + "'")
        : startOffset(group.fallback(), status);
  }

  /** An offset that may not be in the partition. */
  private CompletableFuture<Long> given(long offset, PartitionStatus status, String option) {
    if (offset > status.nextOffset()) {
      throw new IllegalArgumentException(
          describe(offset, status, option)
              + " is beyond the end, which is "
              + status.nextOffset()
              + ": was the offset taken from another log? Choose one up to the end");
    }
    if (offset >= status.startOffset()) {
      return CompletableFuture.completedFuture(offset);
    }
    if (settings.readerOptions().onTrimmed() == ReaderOptions.OnTrimmed.FAIL) {
      throw new IllegalArgumentException(
          describe(offset, status, option)
              + " was trimmed away, the first there is is "
              + status.startOffset()
              + ": choose that or a later one, or build the source with setReaderOptions(...) and"
              + " OnTrimmed.EARLIEST");
    }
    LOG.warn(
        "{} was trimmed away: reading from {}",
        describe(offset, status, option),
        status.startOffset());
    synchronized (this) {
      trimmedRecords += status.startOffset() - offset;
    }
    return CompletableFuture.completedFuture(status.startOffset());
  }

  private String describe(long offset, PartitionStatus status, String option) {
    return option
        + ": offset "
        + offset
        + " of partition "
        + status.partition()
        + " of log "
        + log.id();
  }

  private CompletableFuture<Long> stopOffset(@Nullable StopPosition stop, PartitionStatus status) {
    LogPartition partition = new LogPartition(log.id(), status.partition());
    if (stop == null) {
      return CompletableFuture.completedFuture(RaftlessSplit.UNBOUNDED);
    }
    if (stop instanceof StopPosition.Latest) {
      return CompletableFuture.completedFuture(status.nextOffset());
    }
    if (stop instanceof StopPosition.Timestamp time) {
      return offsetForTime(time.epochMillis(), status);
    }
    return CompletableFuture.completedFuture(
        stop instanceof StopPosition.Offsets offsets
            ? PartitionOffsets.of(
                offsets.byPartition(), status.partition(), partition, "stopPosition")
            : PartitionOffsets.of(
                ((StopPosition.OffsetsOf) stop).byLogPartition(),
                partition,
                partition,
                "stopPosition"));
  }

  private CompletableFuture<Long> offsetForTime(long epochMillis, PartitionStatus status) {
    return log.offsetForTime(status.partition(), epochMillis)
        .thenApply(found -> found.orElse(status.nextOffset()));
  }

  /** Cuts what there is into ranges of equal length; what is yet to come belongs to the last. */
  private List<RaftlessSplit> splits(PartitionStatus status, long start, long stop) {
    long records = Math.max(0, Math.min(stop, status.nextOffset()) - start);
    int ranges = (int) Math.max(1, Math.min(settings.rangesPerPartition(), records));
    List<RaftlessSplit> splits = new ArrayList<>();
    for (int range = 0; range < ranges; range++) {
      splits.add(
          new RaftlessSplit(
              log.id(),
              status.incarnation(),
              status.partition(),
              range,
              cut(start, records, range, ranges),
              range == ranges - 1 ? stop : cut(start, records, range + 1, ranges)));
    }
    return splits;
  }

  private static long cut(long start, long records, int range, int ranges) {
    // Without the risk of an overflow: the remainder goes to the first ranges.
    return start + records / ranges * range + Math.min(range, records % ranges);
  }
}
