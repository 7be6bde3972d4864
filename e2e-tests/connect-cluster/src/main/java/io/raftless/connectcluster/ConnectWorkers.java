package io.raftless.connectcluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The workers of a cluster, and what strikes them. The one that is there longest is struck first; a
 * killed one is replaced at once. Closing it ends them all.
 *
 * <p>For use by one thread.
 */
public final class ConnectWorkers implements AutoCloseable {
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(2));

  private final KafkaHome home;
  private final Path folder;
  private final KafkaBroker broker;
  private final WorkerSettings settings;
  private final List<ConnectWorker> workers = new ArrayList<>();
  private int started;

  public ConnectWorkers(KafkaHome home, Path folder, KafkaBroker broker, WorkerSettings settings) {
    this.home = home;
    this.folder = folder;
    this.broker = broker;
    this.settings = settings;
  }

  /** Starts workers at the same time, and waits until all of them serve. */
  public void startTogether(int count) throws InterruptedException {
    for (int n = 0; n < count; n++) {
      launch();
    }
    for (ConnectWorker worker : workers) {
      requireUp(worker);
    }
  }

  private ConnectWorker launch() {
    started++;
    ConnectWorker worker =
        ConnectWorker.launch(home, "worker-" + started, folder, broker, settings);
    workers.add(worker);
    return worker;
  }

  private static void requireUp(ConnectWorker worker) throws InterruptedException {
    if (!worker.awaitUp()) {
      throw new IllegalStateException(worker + " has ended" + worker.logTail());
    }
  }

  /** The REST interface of one of them that serves: the one that is there longest. */
  public ConnectRest any() {
    return workers.get(0).rest();
  }

  /**
   * Kills the oldest worker as soon as a task runs on it and on another, and starts a new one.
   *
   * @return who was killed
   */
  public ConnectWorker killOldest() throws InterruptedException {
    ConnectWorker victim = workers.get(0);
    awaitTasks(victim, true);
    victim.kill();
    workers.remove(victim);
    requireUp(launch());
    return victim;
  }

  /**
   * Freezes the oldest worker when tasks run on it, until all its tasks run on others, and then
   * lets it go on: what it had begun it goes on with, not knowing that it is no longer its own.
   */
  public void freezeOldestUntilOthersDoItsWork() throws InterruptedException {
    ConnectWorker victim = workers.get(0);
    awaitTasks(victim, true);
    workers.remove(victim);
    workers.add(victim);
    victim.freeze();
    try {
      awaitTasks(victim, false);
    } finally {
      victim.unfreeze();
    }
  }

  /** Waits until tasks of both connectors run on a worker, or until all run on others. */
  private void awaitTasks(ConnectWorker worker, boolean there) throws InterruptedException {
    PATIENCE.await(
        (there ? "tasks on " : "tasks leaving ") + worker,
        () ->
            isAsWanted(RoundTripConnectors.SINK, worker, there)
                    && isAsWanted(RoundTripConnectors.SOURCE, worker, there)
                ? Optional.of(true)
                : Optional.empty());
  }

  private boolean isAsWanted(String connector, ConnectWorker worker, boolean there) {
    Optional<JsonNode> status = any().status(connector);
    if (status.isEmpty() || status.get().path("tasks").isEmpty()) {
      return false;
    }
    List<JsonNode> tasks = status.get().path("tasks").valueStream().toList();
    boolean allRun =
        tasks.stream().allMatch(task -> task.path("state").asString("").equals("RUNNING"));
    boolean isThere =
        tasks.stream().anyMatch(task -> task.path("worker_id").asString("").equals(worker.id()));
    return allRun && isThere == there;
  }

  /**
   * Makes sure that none has ended by itself.
   *
   * @throws IllegalStateException if one has, with the end of its log
   */
  public void requireAlive() {
    for (ConnectWorker worker : workers) {
      if (!worker.isAlive()) {
        throw new IllegalStateException(worker + " has ended by itself" + worker.logTail());
      }
    }
  }

  /** What they printed last, for error messages. */
  public String logTails() {
    return workers.stream().map(ConnectWorker::logTail).collect(Collectors.joining());
  }

  @Override
  public void close() {
    workers.forEach(ConnectWorker::close);
  }
}
