package io.raftless.bench.flink;

import io.raftless.bench.Stage;
import io.raftless.bench.Usage;
import io.raftless.embedded.EmbeddedS3Process;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster in this JVM, with Flink's own file system for S3. */
final class FlinkCluster implements AutoCloseable {
  /** Of all jobs, and slots of the cluster. */
  static final int PARALLELISM = 2;

  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private final MiniCluster cluster;
  private final Path checkpoints;

  private FlinkCluster(MiniCluster cluster, Path checkpoints) {
    this.cluster = cluster;
    this.checkpoints = checkpoints;
  }

  /** Starts one, which ends with the stage. */
  static FlinkCluster start(Stage stage, EmbeddedS3Process server) throws Exception {
    Path folder = Files.createDirectories(stage.folder().resolve("flink"));
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, LOOPBACK);
    configuration.set(RestOptions.BIND_ADDRESS, LOOPBACK);
    configuration.set(JobManagerOptions.BIND_HOST, LOOPBACK);
    configuration.set(TaskManagerOptions.BIND_HOST, LOOPBACK);
    configuration.set(TaskManagerOptions.HOST, LOOPBACK);
    configuration.set(BlobServerOptions.PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, folder.toString());
    configuration.set(WebOptions.TMP_DIR, folder.toString());
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofMinutes(10));
    addStore(configuration, server);
    // Once for the JVM: a cluster in it does not do so by itself.
    FileSystem.initialize(configuration, null);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setCommonBindAddress(LOOPBACK)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .withRandomPorts()
                .build());
    FlinkCluster started = stage.add(new FlinkCluster(cluster, folder.resolve("checkpoints")));
    cluster.start();
    return started;
  }

  /** As its documentation says for a store that is no Amazon S3; all else is as it comes. */
  private static void addStore(Configuration configuration, EmbeddedS3Process server) {
    configuration.setString("s3.endpoint", server.endpoint().toString());
    configuration.setString("s3.region", server.region());
    configuration.setString("s3.path-style-access", "true");
    configuration.setString("s3.access-key", server.accessKeyId());
    configuration.setString("s3.secret-key", server.secretAccessKey());
  }

  /** For a job that reads what is there: no checkpoints. */
  StreamExecutionEnvironment environment() {
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration());
  }

  /** For a job that writes exactly once, with a checkpoint every second. */
  StreamExecutionEnvironment checkpointed() {
    Configuration configuration = configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    configuration.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    // What has to begin anew has no figure.
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, PARALLELISM);
    // Elements are not copied between source and sink, which all have in common.
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    return configuration;
  }

  /**
   * Runs a job to its end.
   *
   * @return what it took
   */
  Usage.Used run(StreamExecutionEnvironment environment, String name) throws Exception {
    return run(environment, name, () -> false);
  }

  /**
   * Runs a job to its end. When its input is read, it waits for a checkpoint, and would wait for
   * the next second to be over, however little is left: whoever is a little faster would seem to be
   * a second faster, or not at all. So checkpoints are then asked for at once.
   *
   * @param isRead whether its input is read
   * @return what it took, until all is committed
   */
  Usage.Used run(StreamExecutionEnvironment environment, String name, BooleanSupplier isRead)
      throws Exception {
    var graph = environment.getStreamGraph();
    graph.setJobName(name);
    JobGraph job = graph.getJobGraph();
    Usage begun = Usage.begin();
    CompletableFuture<JobResult> result =
        cluster.submitJob(job).thenCompose(submitted -> cluster.requestJobResult(job.getJobID()));
    CompletableFuture<?> checkpoint = CompletableFuture.completedFuture(null);
    while (true) {
      try {
        result
            .get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)
            .toJobExecutionResult(FlinkCluster.class.getClassLoader());
        return begun.end();
      } catch (TimeoutException e) {
        // One that is refused, since the job ends at that moment, is one that is not needed.
        if (isRead.getAsBoolean() && checkpoint.isDone()) {
          checkpoint = cluster.triggerCheckpoint(job.getJobID(), CheckpointType.CONFIGURED);
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException("the job '" + name + "' failed: " + e.getCause(), e);
      }
    }
  }

  @Override
  public void close() {
    cluster.closeAsync().join();
  }
}
