package io.raftless.connect;

import io.raftless.connect.source.Rounds;
import io.raftless.connect.source.SourceConfig;
import io.raftless.connect.source.SourceControl;
import io.raftless.store.StoreFactory;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.jspecify.annotations.Nullable;

/**
 * Reads logs into topics, each record once if the worker has {@code exactly.once.source.support}
 * enabled. Its options are those of {@link SourceConfig}.
 *
 * <p>A source partition is {@code {"log": "prefix/name", "incarnation": "uuid", "partition": n}}, a
 * source offset {@code {"offset": n}}: the offset in the log of <b>the next record to read</b>.
 */
public final class RaftlessSourceConnector extends SourceConnector {
  private final Function<SourceConfig, StoreFactory> stores;
  private final Rounds rounds;
  private @Nullable SourceControl control;

  /** For Connect. */
  public RaftlessSourceConnector() {
    this(SourceControl::storeOf, Rounds.onThread());
  }

  RaftlessSourceConnector(Function<SourceConfig, StoreFactory> stores, Rounds rounds) {
    this.stores = stores;
    this.rounds = rounds;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }

  @Override
  public ConfigDef config() {
    return SourceConfig.definition();
  }

  @Override
  public Class<? extends Task> taskClass() {
    return RaftlessSourceTask.class;
  }

  @Override
  public Config validate(Map<String, String> options) {
    return SourceControl.validate(options, super.validate(options), stores);
  }

  @Override
  public void start(Map<String, String> options) {
    // Connect starts the same instance again after a pause.
    stop();
    control = SourceControl.begin(options, context(), stores, rounds);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    SourceControl started = control;
    if (started == null) {
      throw new ConnectException("the connector is not started");
    }
    return started.taskConfigs(maxTasks);
  }

  @Override
  public void stop() {
    SourceControl started = control;
    control = null;
    if (started != null) {
      started.close();
    }
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> options) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public ConnectorTransactionBoundaries canDefineTransactionBoundaries(
      Map<String, String> options) {
    return ConnectorTransactionBoundaries.SUPPORTED;
  }

  @Override
  public boolean alterOffsets(
      Map<String, String> options, Map<Map<String, ?>, Map<String, ?>> offsets) {
    SourceControl.alterOffsets(options, offsets, stores);
    return true;
  }
}
