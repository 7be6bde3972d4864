package io.raftless.flink.table;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** SQL against logs in an embedded S3, as a user writes it. Jobs do not restart if not told to. */
final class SqlSession {
  static final String PREFIX = "some/logs";

  private final EmbeddedS3 s3;
  private final TableEnvironment env;

  private SqlSession(EmbeddedS3 s3, TableEnvironment env) {
    this.s3 = s3;
    this.env = env;
  }

  /** A session of streaming jobs that checkpoint often. */
  static SqlSession streaming(EmbeddedS3 s3, Path checkpoints) {
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    return new SqlSession(s3, environment(configuration));
  }

  /** The same, but jobs restart a few times. */
  static SqlSession restarting(EmbeddedS3 s3, Path checkpoints) {
    SqlSession session = streaming(s3, checkpoints);
    session
        .env
        .getConfig()
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    return session;
  }

  /** A session of batch jobs. */
  static SqlSession batch(EmbeddedS3 s3) {
    Configuration configuration = new Configuration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    return new SqlSession(s3, environment(configuration));
  }

  private static TableEnvironment environment(Configuration configuration) {
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, 2);
    TableEnvironment env =
        TableEnvironment.create(
            EnvironmentSettings.newInstance().withConfiguration(configuration).build());
    env.getConfig().setLocalTimeZone(ZoneOffset.UTC);
    return env;
  }

  /** Where the store is, with the credentials. */
  Map<String, String> storeOptions() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("bucket", s3.bucket());
    options.put("prefix", PREFIX);
    options.put("s3.endpoint", s3.endpoint().toString());
    options.put("s3.access-key-id", s3.accessKeyId());
    options.put("s3.secret-access-key", s3.secretAccessKey());
    return options;
  }

  String secret() {
    return s3.secretAccessKey();
  }

  /** Declares a table of a connector; options are key, value, key, value. */
  void table(String name, String columns, String connector, String... more) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("connector", connector);
    options.putAll(storeOptions());
    options.putAll(options(more));
    execute("CREATE TABLE " + name + " (" + columns + ") WITH (" + with(options) + ")");
  }

  static Map<String, String> options(String... keysAndValues) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      options.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return options;
  }

  /** Options as SQL has them. */
  static String with(Map<String, String> options) {
    return options.entrySet().stream()
        .map(option -> "'" + option.getKey() + "' = '" + option.getValue() + "'")
        .collect(Collectors.joining(", "));
  }

  void execute(String statement) {
    env.executeSql(statement);
  }

  /** Closes the catalog {@code logs}, and with it its connections. */
  void closeCatalog() {
    env.getCatalog("logs").ifPresent(Catalog::close);
  }

  /** Runs an INSERT to its end. */
  void insert(String statement) throws Exception {
    env.executeSql(statement).await();
  }

  /** Starts an INSERT; the caller awaits its end. */
  TableResult start(String statement) {
    return env.executeSql(statement);
  }

  /** Lets statements call a function. */
  void function(String name, UserDefinedFunction function) {
    env.createTemporarySystemFunction(name, function);
  }

  /** All rows of a query that ends. */
  @SuppressWarnings("try") // Flink declares close() so that it may be interrupted.
  List<String> rows(String query) throws Exception {
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<Row> iterator = env.executeSql(query).collect()) {
      iterator.forEachRemaining(row -> rows.add(row.toString()));
    }
    return rows;
  }

  /** The optimized plan of a statement. */
  String plan(String statement) {
    String plans = env.explainSql(statement);
    return plans.substring(plans.indexOf("== Optimized Physical Plan =="));
  }

  /** The store past Flink; the caller closes it. */
  ObjectStore store() {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build()
        .open();
  }

  static LogId log(String name) {
    return LogId.of(PREFIX, name);
  }

  /** What a test does with a log past Flink. */
  @FunctionalInterface
  interface LogAction {
    void on(TestLog log) throws Exception;
  }

  /** Does something with a log past Flink; creates it if it is missing. */
  void withLog(String name, int partitions, LogAction action) throws Exception {
    try (ObjectStore store = store();
        TestLog log = TestLog.of(store, log(name), partitions)) {
      action.on(log);
    }
  }
}
