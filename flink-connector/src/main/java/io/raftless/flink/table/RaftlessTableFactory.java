package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.BUCKET;
import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FIELDS;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_RANGES_PER_PARTITION;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_PARTITIONER;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;

/**
 * Makes tables with {@code 'connector' = 'raftless'}: every record of a log is a row. For the
 * options see {@link RaftlessConnectorOptions}. Flink finds it by itself.
 */
public final class RaftlessTableFactory
    implements DynamicTableSourceFactory, DynamicTableSinkFactory {
  static final String IDENTIFIER = "raftless";

  /** For Flink. */
  public RaftlessTableFactory() {}

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(BUCKET);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return TableFactories.union(
        TableFactories.COMMON, Set.of(KEY_FIELDS, SCAN_RANGES_PER_PARTITION, SINK_PARTITIONER));
  }

  @Override
  public Set<ConfigOption<?>> forwardOptions() {
    return TableFactories.FORWARDED;
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    return TableFactories.source(this, context, false);
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return TableFactories.sink(this, context, false);
  }
}
