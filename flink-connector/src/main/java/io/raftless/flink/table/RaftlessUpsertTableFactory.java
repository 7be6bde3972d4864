package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.BUCKET;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;

/**
 * Makes tables with {@code 'connector' = 'raftless-upsert'}: a record is the newest version of the
 * row with its key, and one without a value deletes that row. For the options see {@link
 * RaftlessConnectorOptions}. Flink finds it by itself.
 */
public final class RaftlessUpsertTableFactory
    implements DynamicTableSourceFactory, DynamicTableSinkFactory {
  static final String IDENTIFIER = "raftless-upsert";

  /** For Flink. */
  public RaftlessUpsertTableFactory() {}

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
    return TableFactories.COMMON;
  }

  @Override
  public Set<ConfigOption<?>> forwardOptions() {
    return TableFactories.FORWARDED;
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    return TableFactories.source(this, context, true);
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return TableFactories.sink(this, context, true);
  }
}
