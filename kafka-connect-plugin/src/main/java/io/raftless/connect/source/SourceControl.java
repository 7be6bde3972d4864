package io.raftless.connect.source;

import io.raftless.connect.config.StoreOptions;
import io.raftless.log.RaftlessException;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import io.raftless.store.StoreFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.ConnectorContext;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The connector's side of the source: finds the logs, pins where they are read from, shares them
 * out, and looks for new ones. One thread uses an instance between {@link #begin} and {@link
 * #close}.
 */
public final class SourceControl implements AutoCloseable {
  private final Map<String, String> options;
  private final LogMonitor monitor;
  private final Rounds.Running rounds;

  private SourceControl(Map<String, String> options, LogMonitor monitor, Rounds.Running rounds) {
    this.options = options;
    this.monitor = monitor;
    this.rounds = rounds;
  }

  /** The store that options are for, at Amazon or elsewhere. */
  public static StoreFactory storeOf(SourceConfig config) {
    return StoreOptions.settings(config);
  }

  /**
   * Begins. Waits for the store, and goes on without it if it fails: see {@link LogMonitor}.
   *
   * @throws ConnectException if the options are wrong, or there is something wrong with a log
   */
  public static SourceControl begin(
      Map<String, String> options,
      ConnectorContext context,
      Function<SourceConfig, StoreFactory> stores,
      Rounds rounds) {
    SourceConfig config = new SourceConfig(options);
    LogMonitor monitor = new LogMonitor(config, stores.apply(config)::open, context);
    try {
      Rounds.Running running =
          monitor.begin().map(first -> rounds.begin(first, monitor::look)).orElse(() -> {});
      return new SourceControl(Map.copyOf(options), monitor, running);
    } catch (RuntimeException e) {
      monitor.close();
      throw new ConnectException("the source cannot start: " + e.getMessage(), e);
    }
  }

  private static ObjectStore open(
      SourceConfig config, Function<SourceConfig, StoreFactory> stores) {
    try {
      return stores.apply(config).open();
    } catch (StoreException e) {
      throw new ConnectException("the store cannot be used: " + e.getMessage(), e);
    }
  }

  /**
   * What each task is told.
   *
   * @throws ConnectException if that is not known yet; Connect asks again
   */
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    List<Map<String, String>> configs = new ArrayList<>();
    for (List<SourcePartition> share : TaskAssignment.share(monitor.known(), maxTasks)) {
      Map<String, String> config = new HashMap<>(options);
      config.put(TaskAssignment.OPTION, TaskAssignment.encode(share));
      configs.add(config);
    }
    return configs;
  }

  /**
   * See {@link OffsetAlteration}.
   *
   * @throws ConnectException if they are wrong or the store fails
   */
  public static void alterOffsets(
      Map<String, String> options,
      Map<Map<String, ?>, Map<String, ?>> offsets,
      Function<SourceConfig, StoreFactory> stores) {
    SourceConfig config = new SourceConfig(options);
    try (ObjectStore store = open(config, stores)) {
      new OffsetAlteration(config, store).apply(offsets);
    } catch (RaftlessException e) {
      throw new ConnectException(
          "the cursors of group '"
              + config.group()
              + "' were moved in part at most, ask again: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * Adds what is wrong with several options together, and, if nothing is, what is wrong with the
   * store.
   *
   * @param single what is wrong with single options
   */
  public static Config validate(
      Map<String, String> options, Config single, Function<SourceConfig, StoreFactory> stores) {
    Map<String, ConfigValue> values =
        single.configValues().stream()
            .collect(Collectors.toMap(ConfigValue::name, Function.identity()));
    if (isClean(single)) {
      Map<String, Object> parsed = new HashMap<>();
      values.forEach((name, value) -> parsed.put(name, value.value()));
      SourceConfig.contradictions(options, parsed)
          .forEach((option, trouble) -> report(values, option, trouble));
    }
    if (isClean(single)) {
      try {
        lookAt(new SourceConfig(options), stores, values);
      } catch (ConfigException e) {
        // Of options of the store that do not fit each other.
        report(values, StoreOptions.BUCKET, String.valueOf(e.getMessage()));
      }
    }
    return single;
  }

  private static boolean isClean(Config config) {
    return config.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
  }

  private static void lookAt(
      SourceConfig config,
      Function<SourceConfig, StoreFactory> stores,
      Map<String, ConfigValue> values) {
    try (ObjectStore store = stores.apply(config).open();
        LogFinder finder = new LogFinder(config, store)) {
      List<FoundLog> found = finder.find();
      config.logs().stream()
          .filter(wanted -> found.stream().noneMatch(log -> log.id().equals(wanted)))
          .forEach(
              absent ->
                  report(
                      values,
                      SourceConfig.LOGS,
                      "there is no log "
                          + absent
                          + ": create it first, or see bucket and prefix, or use "
                          + SourceConfig.LOGS_REGEX
                          + " for logs that come later"));
    } catch (StoreException | RaftlessException e) {
      report(
          values,
          StoreOptions.BUCKET,
          "the store could not be looked at: "
              + e.getMessage()
              + Optional.ofNullable(e.getCause()).map(cause -> " (" + cause + ")").orElse(""));
    }
  }

  private static void report(Map<String, ConfigValue> values, String option, String trouble) {
    ConfigValue value = values.get(option);
    if (value == null) {
      throw new IllegalStateException("no option " + option + " to report: " + trouble);
    }
    value.addErrorMessage(option + ": " + trouble);
  }

  @Override
  public void close() {
    rounds.close();
    monitor.close();
  }
}
