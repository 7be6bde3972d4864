package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.PartitionStatus;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Looks at the log and resolves where to start and stop. Blocks: the enumerator runs it in a worker
 * thread.
 */
final class PartitionDiscovery implements Callable<PartitionDiscovery.Discovered> {

  /**
   * What was there.
   *
   * @param splits one per partition, in order
   */
  record Discovered(Incarnation incarnation, List<RaftlessSplit> splits) {
    Discovered {
      splits = List.copyOf(splits);
    }
  }

  private final SourceSettings<?> settings;

  PartitionDiscovery(SourceSettings<?> settings) {
    this.settings = settings;
  }

  @Override
  public Discovered call() throws IOException {
    try (ObjectStore store = settings.store().open();
        RaftlessLog log = RaftlessLog.open(store, settings.log())) {
      List<CompletableFuture<PartitionStatus>> statuses =
          IntStream.range(0, log.partitions()).mapToObj(log::status).toList();
      List<RaftlessSplit> splits = new ArrayList<>();
      for (CompletableFuture<PartitionStatus> status : statuses) {
        splits.add(toSplit(status.join()));
      }
      return new Discovered(log.incarnation(), splits);
    } catch (RuntimeException e) {
      throw SourceFailure.toException(settings.log(), e);
    }
  }

  private RaftlessSplit toSplit(PartitionStatus status) {
    return new RaftlessSplit(
        status.incarnation(), status.partition(), startOffset(status), stopOffset(status));
  }

  private long startOffset(PartitionStatus status) {
    StartPosition start = settings.start();
    if (start instanceof StartPosition.Offsets offsets) {
      return PartitionOffsets.of(offsets.byPartition(), status.partition(), "startPosition");
    }
    return start instanceof StartPosition.Latest ? status.nextOffset() : status.startOffset();
  }

  private long stopOffset(PartitionStatus status) {
    StopPosition stop = settings.stop();
    if (stop == null) {
      return RaftlessSplit.UNBOUNDED;
    }
    return stop instanceof StopPosition.Offsets offsets
        ? PartitionOffsets.of(offsets.byPartition(), status.partition(), "stopPosition")
        : status.nextOffset();
  }
}
