package io.raftless.flink.sink.failure;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.store.StoreFactory;
import io.raftless.store.s3.S3Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.highavailability.nonha.embedded.HaLeadershipControl;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniCluster.HaServices;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A Flink cluster and an S3 server, started once for all tests of this JVM that want one. Its
 * leaders can be changed, its task managers killed, and a task that does not end when it is
 * cancelled is left alone.
 */
final class FailureCluster implements BeforeAllCallback, ParameterResolver {
  private static final int TASK_MANAGERS = 2;
  private static final int SLOTS = 16;

  /** What was started. */
  static final class Running implements AutoCloseable {
    private final Path folder;
    private final MiniCluster flink;
    private final EmbeddedS3 s3;
    private final List<CompletableFuture<Void>> ended = new ArrayList<>();
    private int firstTaskManager;

    private Running(Path folder, MiniCluster flink, EmbeddedS3 s3) {
      this.folder = folder;
      this.flink = flink;
      this.s3 = s3;
    }

    private static Running start() throws Exception {
      Path folder = Files.createTempDirectory("failures");
      Configuration configuration = new Configuration();
      // A held task hears one interrupt, which it ignores, and none when it goes on.
      configuration.set(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT, Duration.ZERO);
      configuration.set(TaskManagerOptions.TASK_CANCELLATION_INTERVAL, Duration.ofHours(1));
      // A zombie outlives its job's class loader.
      configuration.set(CoreOptions.CHECK_LEAKED_CLASSLOADER, false);
      configuration.set(CoreOptions.TMP_DIRS, folder.toString());
      // A slow machine is no failure: failures come from scripts alone.
      configuration.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofMinutes(10));
      MiniCluster flink =
          new MiniCluster(
              new MiniClusterConfiguration.Builder()
                  .setConfiguration(configuration)
                  .setNumTaskManagers(TASK_MANAGERS)
                  .setNumSlotsPerTaskManager(SLOTS)
                  .setHaServices(HaServices.WITH_LEADERSHIP_CONTROL)
                  .withRandomPorts()
                  .build());
      flink.start();
      return new Running(folder, flink, EmbeddedS3.inMemory());
    }

    MiniCluster flink() {
      return flink;
    }

    HaLeadershipControl leaders() {
      return flink.getHaLeadershipControl().orElseThrow();
    }

    /**
     * Kills all task managers and starts others. Does not wait for tasks that do not end: the job
     * managers give them up all the same.
     */
    void replaceTaskManagers() throws Exception {
      for (int number = 0; number < TASK_MANAGERS; number++) {
        ended.add(flink.terminateTaskManager(firstTaskManager++));
      }
      for (int number = 0; number < TASK_MANAGERS; number++) {
        flink.startTaskManager();
      }
    }

    Path folder() {
      return folder;
    }

    StoreFactory store() {
      return S3Settings.builder(s3.bucket())
          .endpoint(s3.endpoint())
          .region(s3.region())
          .credentials(s3.accessKeyId(), s3.secretAccessKey())
          .maxConnections(8)
          .build();
    }

    @Override
    public void close() throws IOException {
      CompletableFuture.allOf(ended.toArray(CompletableFuture<?>[]::new)).join();
      flink.closeAsync().join();
      s3.close();
      List<Path> files;
      try (Stream<Path> all = Files.walk(folder)) {
        files = all.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static Running running(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(FailureCluster.class))
        .getOrComputeIfAbsent(Running.class, type -> started(), Running.class);
  }

  private static Running started() {
    try {
      return Running.start();
    } catch (Exception e) {
      throw new IllegalStateException("the cluster did not start", e);
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    running(context);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Running.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return running(context);
  }
}
