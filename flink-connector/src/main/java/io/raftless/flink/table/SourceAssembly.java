package io.raftless.flink.table;

import io.raftless.flink.source.RaftlessDeserializer;
import io.raftless.flink.source.RaftlessSource;
import io.raftless.flink.source.RaftlessSourceBuilder;
import io.raftless.flink.source.StartPosition;
import io.raftless.log.ReaderOptions;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.table.data.RowData;

/** Makes the source of a table. */
final class SourceAssembly {
  /** No log has so many. */
  private static final int NO_PARTITION = Integer.MAX_VALUE;

  private SourceAssembly() {}

  static Source<RowData, ?, ?> assemble(
      ScanSettings settings,
      MetadataFilters filters,
      boolean withOrigins,
      RaftlessDeserializer<RowData> deserializer) {
    RaftlessSourceBuilder<RowData> builder =
        RaftlessSource.<RowData>builder()
            .setStore(settings.store())
            .setStartPosition(start(settings, filters))
            .setDeserializer(deserializer)
            .setReaderOptions(
                ReaderOptions.defaults()
                    .withOnTrimmed(settings.onTrimmed())
                    .withOrigins(withOrigins))
            .setOnRemoved(settings.onRemoved())
            .setOnPoison(settings.onPoison());
    if (settings.logPattern() != null) {
      builder.setLogPattern(settings.prefix(), settings.logPattern());
    } else {
      builder.setLogs(settings.logs());
    }
    if (settings.stop() != null) {
      builder.setStopPosition(settings.stop());
    }
    if (settings.group() != null) {
      builder.setGroup(settings.group());
      builder.setCommitGroupOnCheckpoint(settings.commitGroup());
    }
    if (settings.discoveryInterval() != null) {
      builder.setDiscoveryInterval(settings.discoveryInterval());
    }
    if (settings.rangesPerPartition() != null) {
      builder.setRangesPerPartition(settings.rangesPerPartition());
    }
    if (filters.partitions() != null) {
      builder.setPartitions(existing(filters.partitions()));
    }
    return builder.build();
  }

  /** A condition may allow numbers that no partition has, and no partition at all. */
  private static Set<Integer> existing(Set<Integer> allowed) {
    Set<Integer> possible =
        allowed.stream().filter(number -> number >= 0).collect(Collectors.toSet());
    return possible.isEmpty() ? Set.of(NO_PARTITION) : possible;
  }

  /**
   * A condition on timestamps may move the start, since all records before the first one of that
   * time are older; but only where the start was the very beginning.
   */
  private static StartPosition start(ScanSettings settings, MetadataFilters filters) {
    return filters.fromMillis() != null && settings.start() instanceof StartPosition.Earliest
        ? StartPosition.timestamp(filters.fromMillis())
        : settings.start();
  }
}
