package io.raftless.flink.sink.failure;

import io.raftless.flink.sink.RaftlessSinkBuilder;
import io.raftless.flink.testing.Numbered;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.function.SupplierWithException;
import org.jspecify.annotations.Nullable;

/**
 * One submission of the job of all scenarios: numbered elements, from one reader, through writers
 * that share the keys, into the log.
 */
final class SinkJob {
  /** Of writers, unless a test wants another. */
  static final int PARALLELISM = 2;

  /** {@code -Draftless.failures.patienceSeconds=...} shortens what is bound to fail. */
  static final Duration PATIENCE =
      Duration.ofSeconds(Long.getLong("raftless.failures.patienceSeconds", 60));

  private final Scenario scenario;
  private final String name;
  private final Script script;
  private final Configuration configuration = new Configuration();
  private int parallelism = PARALLELISM;
  private long total = 1_000_000;
  private UnaryOperator<RaftlessSinkBuilder<String>> options = builder -> builder;
  private boolean isBatch;
  private boolean isDirect;
  private @Nullable JobID id;

  SinkJob(Scenario scenario, String name, Script script) {
    this.scenario = scenario;
    this.name = name;
    this.script = script;
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    // Long enough for a portion to be through before the next barrier: else that checkpoint has
    // nothing new, and the one after it has two portions.
    configuration.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, Duration.ofMillis(75));
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        scenario.folder().resolve("checkpoints").toUri().toString());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, Integer.MAX_VALUE);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
  }

  SinkJob parallelism(int parallelism) {
    this.parallelism = parallelism;
    return this;
  }

  /** How many elements the input has; more than anybody waits for by default. */
  SinkJob total(long total) {
    this.total = total;
    return this;
  }

  SinkJob configure(Consumer<Configuration> change) {
    change.accept(configuration);
    return this;
  }

  SinkJob sink(UnaryOperator<RaftlessSinkBuilder<String>> options) {
    this.options = options;
    return this;
  }

  /** With a sink that writes at least once, which has no committer. */
  SinkJob atLeastOnce() {
    isDirect = true;
    return this;
  }

  /** In batch mode: no checkpoints, and each stage begins when the one before has ended. */
  SinkJob inBatchMode() {
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    configuration.removeConfig(CheckpointingOptions.CHECKPOINTING_INTERVAL);
    configuration.set(BatchExecutionOptions.ADAPTIVE_AUTO_PARALLELISM_ENABLED, false);
    isBatch = true;
    return this;
  }

  /** Restarts not at once. */
  SinkJob restartAfter(Duration delay) {
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, delay);
    return this;
  }

  SinkJob withoutRestarts() {
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    return this;
  }

  /** From a savepoint or a retained checkpoint. */
  SinkJob from(String savepoint) {
    configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    return this;
  }

  SinkJob start() throws Exception {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
    env.setMaxParallelism(128);
    env.setParallelism(parallelism);
    DataStream<String> numbers =
        env.fromSource(
                new DataGeneratorSource<>(
                    index -> Numbered.element(index, Scenario.KEYS),
                    total,
                    isBatch
                        ? RateLimiterStrategy.noOp()
                        : RateLimiterStrategy.perCheckpoint(Scenario.PER_CHECKPOINT),
                    Types.STRING),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .setParallelism(1)
            .uid("numbers");
    // In batch mode Flink sorts what is keyed, by key only.
    DataStream<String> shared =
        isBatch
            ? numbers.partitionCustom(
                (key, writers) -> Math.floorMod(key.hashCode(), writers), Numbered::key)
            : numbers.keyBy(Numbered::key);
    shared
        .map(new ScriptedMap(script, name))
        .uid("map")
        .sinkTo(
            isDirect
                ? ScriptedDirectSink.around(scenario.directSink(script).build(), script)
                : ScriptedSink.around(options.apply(scenario.sink(script)).build(), script))
        .uid("sink");
    StreamGraph streamGraph = env.getStreamGraph();
    streamGraph.setJobName(name);
    JobGraph graph = streamGraph.getJobGraph();
    id = graph.getJobID();
    flink().submitJob(graph).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return this;
  }

  private MiniCluster flink() {
    return scenario.cluster().flink();
  }

  JobID id() {
    return Objects.requireNonNull(id, "not started");
  }

  /** What it has handed to its writers, up to this element at least. */
  SinkJob awaitElement(long index) throws Exception {
    await(
        () -> script.span(name).map(span -> span.last() >= index).orElse(false),
        "job " + name + " does not come to element " + index);
    return this;
  }

  /** Waits until its first committer has begun more than so many commits. */
  SinkJob awaitCommits(int commits) throws Exception {
    return awaitCommits(0, commits);
  }

  /** The same of all committers after so many restarts. */
  SinkJob awaitCommits(int generation, int commits) throws Exception {
    await(
        () -> script.countSince(Place.of(Action.COMMIT, Place.COMMITTER), generation) > commits,
        "job " + name + ", generation " + generation + " does not commit");
    return this;
  }

  /** Waits until its first committer has begun so many more commits. */
  SinkJob awaitMoreCommits(int commits) throws Exception {
    return awaitCommits(script.count(Place.of(Action.COMMIT, Place.COMMITTER), 0) + commits);
  }

  void await(SupplierWithException<Boolean, Exception> condition, String complaint)
      throws Exception {
    CommonTestUtils.waitUtil(
        () -> {
          try {
            return condition.get();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        PATIENCE,
        Duration.ofMillis(10),
        complaint);
  }

  /** Waits for its end, which must be a good one. */
  void awaitFinished() throws Exception {
    result().toJobExecutionResult(SinkJob.class.getClassLoader());
  }

  /** Waits for its end, which must be a bad one, and tells why. */
  Throwable awaitFailed() throws Exception {
    JobResult result = result();
    if (status() != JobStatus.FAILED) {
      throw new AssertionError("job " + name + " did not fail: " + status());
    }
    return result
        .getSerializedThrowable()
        .orElseThrow(() -> new AssertionError("job " + name + " failed of nothing"));
  }

  private JobResult result() throws Exception {
    try {
      return flink().requestJobResult(id()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("job " + name + " does not end: " + status(), e);
    }
  }

  JobStatus status() throws InterruptedException, ExecutionException {
    return flink().getJobStatus(id()).get();
  }

  void awaitStatus(JobStatus status) throws Exception {
    await(() -> status() == status, "job " + name + " does not become " + status);
  }

  /** What people call it. */
  String name() {
    return name;
  }

  String savepoint() throws Exception {
    return flink()
        .triggerSavepoint(id(), savepoints(), false, SavepointFormatType.CANONICAL)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  String stopWithSavepoint() throws Exception {
    String savepoint =
        flink()
            .stopWithSavepoint(id(), savepoints(), false, SavepointFormatType.CANONICAL)
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    result();
    return savepoint;
  }

  private String savepoints() {
    return scenario.folder().resolve("savepoints").toUri().toString();
  }

  /** Asks it to end, and does not wait. */
  void cancel() throws Exception {
    flink().cancelJob(id()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Cancels it if it runs, and waits for its end. */
  void end() {
    try {
      if (id != null && !status().isGloballyTerminalState()) {
        cancel();
        result();
      }
    } catch (Exception e) {
      throw new IllegalStateException("job " + name + " cannot be cancelled", e);
    }
  }
}
