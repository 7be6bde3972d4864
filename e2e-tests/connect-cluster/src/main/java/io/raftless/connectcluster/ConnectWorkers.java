package io.raftless.connectcluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The workers of a cluster that runs the {@link RoundTripConnectors}, and what strikes them: the
 * one that is there longest of those that write. A killed one is replaced at once. Closing it ends
 * them all.
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
   * Kills a worker that writes to the log, and starts a new one.
   *
   * @return who was killed
   */
  public ConnectWorker killOne() throws InterruptedException {
    ConnectWorker victim = awaitWriter();
    victim.kill();
    workers.remove(victim);
    requireUp(launch());
    return victim;
  }

  /**
   * Freezes a worker that writes to the log until all its tasks run on others, and then lets it go
   * on: what it had begun it goes on with, not knowing that it is no longer its own.
   */
  public void freezeOneUntilOthersDoItsWork() throws InterruptedException {
    ConnectWorker victim = awaitWriter();
    victim.freeze();
    awaitOthers(victim);
  }

  /**
   * The same in the middle of a flush: the store stands still until the tasks of the sink wait in a
   * flush for what they upload, and answers when the worker is frozen already. When the worker goes
   * on, its tasks are still in that flush: their uploads are done, and they append, before they
   * hear of any rebalance. Their epochs are old by then.
   *
   * @param store the process id of the store
   */
  public void freezeOneInAFlushUntilOthersDoItsWork(long store) throws InterruptedException {
    ConnectWorker victim = awaitWriter();
    Signals.send("STOP", store);
    try {
      // Connect asks for a flush in this time, and nothing that is asked of the store is answered.
      TimeUnit.NANOSECONDS.sleep(settings.offsetFlushInterval().multipliedBy(3).toNanos());
      victim.freeze();
    } finally {
      Signals.send("CONT", store);
    }
    awaitOthers(victim);
  }

  private void awaitOthers(ConnectWorker victim) throws InterruptedException {
    try {
      // Questions go to the first.
      workers.remove(victim);
      workers.add(victim);
      PATIENCE.await(
          "others doing the work of " + victim,
          () ->
              placesOf(RoundTripConnectors.SINK)
                  .filter(sink -> !sink.contains(victim.id()))
                  .flatMap(sink -> placesOf(RoundTripConnectors.SOURCE))
                  .filter(source -> !source.contains(victim.id())));
    } finally {
      victim.unfreeze();
    }
  }

  /** The worker that is there longest of those that run tasks of the sink, when all tasks run. */
  private ConnectWorker awaitWriter() throws InterruptedException {
    return PATIENCE.await(
        "a worker that writes",
        () ->
            placesOf(RoundTripConnectors.SOURCE)
                .flatMap(source -> placesOf(RoundTripConnectors.SINK))
                .flatMap(
                    sink ->
                        workers.stream().filter(worker -> sink.contains(worker.id())).findFirst()));
  }

  /** The workers that a connector's tasks run on; empty unless all run. */
  private Optional<Set<String>> placesOf(String connector) {
    return any()
        .status(connector)
        .map(status -> status.path("tasks").valueStream().toList())
        .filter(
            tasks ->
                !tasks.isEmpty()
                    && tasks.stream()
                        .allMatch(task -> task.path("state").asString("").equals("RUNNING")))
        .map(
            tasks ->
                tasks.stream()
                    .map(task -> task.path("worker_id").asString(""))
                    .collect(Collectors.toSet()));
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
