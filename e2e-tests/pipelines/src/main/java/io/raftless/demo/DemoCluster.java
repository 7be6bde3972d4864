package io.raftless.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.util.ExceptionUtils;

/** A Flink cluster in this JVM, on free ports of the loopback interface. */
final class DemoCluster implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final MiniCluster cluster;

  private DemoCluster(MiniCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Starts a cluster.
   *
   * @param folder for everything that Flink writes to disk
   */
  static DemoCluster start(int slots, Path folder) {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, LOOPBACK);
    configuration.set(RestOptions.BIND_ADDRESS, LOOPBACK);
    configuration.set(JobManagerOptions.BIND_HOST, LOOPBACK);
    configuration.set(TaskManagerOptions.BIND_HOST, LOOPBACK);
    configuration.set(TaskManagerOptions.HOST, LOOPBACK);
    configuration.set(BlobServerOptions.PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, folder.toString());
    configuration.set(WebOptions.TMP_DIR, folder.toString());
    // A laptop that sleeps, or a debugger, is no failure of a task manager that is a thread of
    // ours.
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofMinutes(10));
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setCommonBindAddress(LOOPBACK)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .withRandomPorts()
                .build());
    try {
      cluster.start();
    } catch (Exception e) {
      throw new DemoFailedException("Flink did not start: " + e.getMessage(), e);
    }
    return new DemoCluster(cluster);
  }

  /**
   * Runs a job to its end.
   *
   * @param look is called every now and then while it runs, and at its end
   * @throws DemoFailedException if the job fails
   */
  JobOutcome run(JobGraph job, Runnable look) throws InterruptedException {
    CompletableFuture<JobResult> result =
        cluster.submitJob(job).thenCompose(submitted -> cluster.requestJobResult(job.getJobID()));
    try {
      waitFor(result, look).toJobExecutionResult(DemoCluster.class.getClassLoader());
      return outcome(cluster.getExecutionGraph(job.getJobID()).get());
    } catch (JobExecutionException e) {
      throw failed(job, e.getCause() == null ? e : e.getCause());
    } catch (Exception e) {
      ExceptionUtils.rethrowIfFatalErrorOrOOM(e);
      if (e instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      throw failed(job, ExceptionUtils.stripExecutionException(e));
    }
  }

  private static JobResult waitFor(CompletableFuture<JobResult> result, Runnable look)
      throws InterruptedException, ExecutionException {
    while (true) {
      try {
        JobResult end = result.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        look.run();
        return end;
      } catch (TimeoutException e) {
        look.run();
      }
    }
  }

  private static JobOutcome outcome(AccessExecutionGraph graph) {
    int restarts = 0;
    for (AccessExecutionVertex vertex : graph.getAllExecutionVertices()) {
      restarts = Math.max(restarts, vertex.getCurrentExecutionAttempt().getAttemptNumber());
    }
    var checkpoints = graph.getCheckpointStatsSnapshot();
    return new JobOutcome(
        restarts,
        checkpoints == null ? 0 : checkpoints.getCounts().getNumberOfCompletedCheckpoints());
  }

  private static DemoFailedException failed(JobGraph job, Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new DemoFailedException("the job '" + job.getName() + "' failed: " + root, cause);
  }

  @Override
  public void close() {
    cluster.closeAsync().join();
  }
}
