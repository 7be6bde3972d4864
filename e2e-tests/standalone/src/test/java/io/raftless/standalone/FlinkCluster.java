package io.raftless.standalone;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A standalone session cluster: a JobManager and TaskManagers in processes of their own, on the lib
 * folder that the build has put together. Closing it ends them all.
 */
final class FlinkCluster implements AutoCloseable {
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(3));
  private static final int START_ATTEMPTS = 3;
  private static final int SLOTS = 2;

  private final Path folder;
  private final List<FlinkProcess> taskManagers = new ArrayList<>();
  private final FlinkProcess jobManager;
  private final FlinkRest rest;
  private int taskManagersStarted;
  private int submissions;

  private FlinkCluster(Path folder, FlinkProcess jobManager, FlinkRest rest) {
    this.folder = folder;
    this.jobManager = jobManager;
    this.rest = rest;
  }

  /**
   * Starts a cluster, and waits until all its task managers are registered.
   *
   * @param folder for configuration, logs, temporary files and checkpoints
   */
  static FlinkCluster start(Path folder, int taskManagers)
      throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("conf"));
    Files.createDirectories(folder.resolve("tmp"));
    Files.writeString(folder.resolve("conf/log4j.properties"), LOGGING);
    FlinkCluster cluster = startJobManager(folder);
    try {
      for (int started = 0; started < taskManagers; started++) {
        cluster.startTaskManager();
      }
      cluster.awaitTaskManagers(taskManagers);
      return cluster;
    } catch (RuntimeException | Error | InterruptedException e) {
      cluster.close();
      throw e;
    }
  }

  /** A port that is free now can be taken when Flink wants it: then it is tried with others. */
  private static FlinkCluster startJobManager(Path folder)
      throws IOException, InterruptedException {
    String tail = "";
    for (int attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      int restPort = freePort();
      writeConfiguration(folder, freePort(), restPort);
      FlinkProcess process =
          FlinkProcess.start(
              "jobmanager-" + attempt,
              folder,
              List.of("-Xmx256m", "-XX:MaxMetaspaceSize=192m", "-XX:+UseSerialGC"),
              lib(),
              "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
              List.of("--configDir", folder.resolve("conf").toString()));
      FlinkRest rest = new FlinkRest(URI.create("http://127.0.0.1:" + restPort));
      try {
        boolean isUp =
            PATIENCE.await(
                "the start of the JobManager",
                () ->
                    process.isAlive()
                        ? rest.taskManagers().map(count -> true)
                        : Optional.of(false));
        if (isUp) {
          return new FlinkCluster(folder, process, rest);
        }
        tail = process.logTail();
      } catch (RuntimeException | Error | InterruptedException e) {
        process.close();
        throw e;
      }
      process.close();
    }
    throw new AssertionError(
        "the JobManager ended in all of " + START_ATTEMPTS + " attempts to start it" + tail);
  }

  FlinkRest rest() {
    return rest;
  }

  /** Starts one more task manager; it registers in its own time. */
  void startTaskManager() {
    taskManagersStarted++;
    taskManagers.add(
        FlinkProcess.start(
            "taskmanager-" + taskManagersStarted,
            folder,
            List.of(
                "-Xmx320m",
                "-XX:MaxDirectMemorySize=128m",
                "-XX:MaxMetaspaceSize=160m",
                "-XX:+UseSerialGC"),
            lib(),
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            List.of("--configDir", folder.resolve("conf").toString())));
  }

  /** Kills the task manager that was started first, as {@code kill -9} does. */
  void killTaskManager() {
    FlinkProcess victim = taskManagers.remove(0);
    if (!victim.isAlive()) {
      throw new AssertionError(victim + " had ended by itself" + victim.logTail());
    }
    victim.close();
  }

  void awaitTaskManagers(int count) throws InterruptedException {
    PATIENCE.await(
        count + " task managers",
        () -> {
          for (FlinkProcess taskManager : taskManagers) {
            if (!taskManager.isAlive()) {
              throw new AssertionError(taskManager + " has ended" + taskManager.logTail());
            }
          }
          return rest.taskManagers().filter(registered -> registered >= count);
        });
  }

  /** Has a client run statements, and returns the ids of the jobs that it submitted. */
  List<String> submit(String sql) throws IOException, InterruptedException {
    submissions++;
    Path file = folder.resolve("submission-" + submissions + ".sql");
    Files.writeString(file, sql);
    try (FlinkProcess client =
        FlinkProcess.start(
            "client-" + submissions,
            folder,
            List.of("-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            lib() + File.pathSeparator + property("raftless.client"),
            SubmitSql.class.getName(),
            List.of(folder.resolve("conf").toString(), file.toString()))) {
      return client.output(PATIENCE.limit()).stream()
          .filter(line -> line.startsWith("job "))
          .map(line -> line.substring("job ".length()))
          .toList();
    }
  }

  /** What the processes of the cluster printed last, for error messages. */
  String logTails() {
    return jobManager.logTail()
        + taskManagers.stream().map(FlinkProcess::logTail).collect(Collectors.joining());
  }

  @Override
  public void close() {
    taskManagers.forEach(FlinkProcess::close);
    jobManager.close();
  }

  /** The jars of the lib folder. */
  static Path libFolder() {
    return Path.of(property("raftless.flink"), "lib");
  }

  private static String lib() {
    return libFolder().resolve("*").toString();
  }

  private static void writeConfiguration(Path folder, int rpcPort, int restPort)
      throws IOException {
    Map<String, String> settings = new TreeMap<>();
    settings.put("jobmanager.rpc.address", "127.0.0.1");
    settings.put("jobmanager.rpc.port", Integer.toString(rpcPort));
    settings.put("jobmanager.bind-host", "127.0.0.1");
    settings.put("rest.address", "127.0.0.1");
    settings.put("rest.bind-address", "127.0.0.1");
    settings.put("rest.port", Integer.toString(restPort));
    settings.put("taskmanager.host", "127.0.0.1");
    settings.put("taskmanager.bind-host", "127.0.0.1");
    settings.put("taskmanager.numberOfTaskSlots", Integer.toString(SLOTS));
    settings.put("io.tmp.dirs", folder.resolve("tmp").toString());
    // What the scripts of a distribution work out.
    settings.put("taskmanager.cpu.cores", "1.0");
    settings.put("taskmanager.memory.task.heap.size", "192m");
    settings.put("taskmanager.memory.task.off-heap.size", "32m");
    settings.put("taskmanager.memory.framework.heap.size", "128m");
    settings.put("taskmanager.memory.framework.off-heap.size", "64m");
    settings.put("taskmanager.memory.network.min", "32m");
    settings.put("taskmanager.memory.network.max", "32m");
    settings.put("taskmanager.memory.managed.size", "16m");
    settings.put("taskmanager.memory.jvm-metaspace.size", "160m");
    settings.put("taskmanager.memory.jvm-overhead.min", "64m");
    settings.put("taskmanager.memory.jvm-overhead.max", "64m");
    // The loss of a task manager is noticed within seconds; a slow machine is not taken for one.
    settings.put("heartbeat.interval", "1s");
    settings.put("heartbeat.timeout", "20s");
    settings.put("restart-strategy.type", "fixed-delay");
    settings.put("restart-strategy.fixed-delay.attempts", "20");
    settings.put("restart-strategy.fixed-delay.delay", "500ms");
    settings.put("execution.checkpointing.dir", folder.resolve("checkpoints").toUri().toString());
    settings.put("execution.target", "remote");
    String yaml =
        settings.entrySet().stream()
            .map(setting -> setting.getKey() + ": \"" + setting.getValue() + "\"\n")
            .collect(Collectors.joining());
    Files.writeString(folder.resolve("conf/config.yaml"), yaml);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String property(String name) {
    return Objects.requireNonNull(
        System.getProperty(name), name + " is missing: run with Maven, in the phase verify");
  }

  private static final String LOGGING =
      """
      rootLogger.level = INFO
      rootLogger.appenderRef.out.ref = out
      appender.out.name = out
      appender.out.type = CONSOLE
      appender.out.layout.type = PatternLayout
      appender.out.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} - %m%n
      """;
}
