package io.raftless.connectcluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A distributed Connect worker in a process of its own. Closing it ends it; it ends with this JVM,
 * too.
 *
 * <p>Safe for use by many threads.
 */
public final class ConnectWorker implements AutoCloseable {
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(2));
  private static final int START_ATTEMPTS = 3;

  private final String name;
  private final KafkaProcess process;
  private final ConnectRest rest;
  private final String id;

  private ConnectWorker(String name, KafkaProcess process, int restPort) {
    this.name = name;
    this.process = process;
    this.id = "127.0.0.1:" + restPort;
    this.rest = new ConnectRest(URI.create("http://" + id));
  }

  /**
   * Starts a worker, and waits until it serves as a member of its cluster.
   *
   * @param name of its log file, too
   * @param folder for its configuration and log; made if it is absent
   * @throws IllegalStateException if it ends or is not up in time, with the end of its log
   */
  public static ConnectWorker start(
      KafkaHome home, String name, Path folder, KafkaBroker broker, WorkerSettings settings)
      throws InterruptedException {
    String tail = "";
    for (int attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      ConnectWorker worker = launch(home, name, folder, broker, settings);
      try {
        if (worker.awaitUp()) {
          return worker;
        }
        tail = worker.logTail();
      } catch (RuntimeException | Error | InterruptedException e) {
        worker.close();
        throw e;
      }
      worker.close();
    }
    throw new IllegalStateException(
        name + " ended in all of " + START_ATTEMPTS + " attempts to start it" + tail);
  }

  /**
   * Starts a worker, and does not wait for it.
   *
   * @see #start
   */
  public static ConnectWorker launch(
      KafkaHome home, String name, Path folder, KafkaBroker broker, WorkerSettings settings) {
    try {
      Files.createDirectories(folder);
      int port = Ports.free();
      Path configuration = folder.resolve(name + ".properties");
      PropertiesFile.write(
          configuration, settings.properties(home, broker.bootstrapServers(), port));
      return new ConnectWorker(
          name,
          KafkaProcess.start(
              home,
              name,
              folder,
              jvm(settings),
              "org.apache.kafka.connect.cli.ConnectDistributed",
              List.of(configuration.toString())),
          port);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare " + name + " in " + folder, e);
    }
  }

  private static List<String> jvm(WorkerSettings settings) {
    List<String> jvm = new ArrayList<>(settings.jvm());
    jvm.add("-Xmx" + settings.maxHeap());
    // A worker without memory is no worker; the tests are to see it go.
    jvm.add("-XX:+ExitOnOutOfMemoryError");
    return jvm;
  }

  /** Waits until it serves; false if it has ended. */
  public boolean awaitUp() throws InterruptedException {
    return PATIENCE.await(
        "the start of " + name,
        () -> process.isAlive() ? rest.ifUp().map(up -> true) : Optional.of(false));
  }

  /** What to ask it. */
  public ConnectRest rest() {
    return rest;
  }

  /** How the status of connectors and tasks names it: {@code worker_id}. */
  public String id() {
    return id;
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether the process is there. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * {@code kill -9}.
   *
   * @throws IllegalStateException if it had ended by itself, with the end of its log
   */
  public void kill() {
    if (!process.isAlive()) {
      throw new IllegalStateException(this + " had ended by itself" + logTail());
    }
    process.close();
  }

  /** {@code kill -STOP}: no thread of it runs until it is {@linkplain #unfreeze continued}. */
  public void freeze() {
    process.pause();
  }

  /** {@code kill -CONT}. */
  public void unfreeze() {
    process.resume();
  }

  /** Whether it has logged this. */
  public boolean hasLogged(String text) {
    return process.hasPrinted(text);
  }

  /** The end of what it printed, for error messages. */
  public String logTail() {
    return process.logTail();
  }

  @Override
  public void close() {
    process.close();
  }

  @Override
  public String toString() {
    return process.toString();
  }
}
