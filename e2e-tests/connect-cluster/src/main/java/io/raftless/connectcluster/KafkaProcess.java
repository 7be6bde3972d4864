package io.raftless.connectcluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM on Kafka's jars. It ends with this one, however this one ends: a guard beside it reads from
 * a pipe, and kills it when the pipe breaks.
 */
final class KafkaProcess implements AutoCloseable {
  /** What Kafka's own start scripts give to brokers and workers, but for the heap. */
  static final List<String> JVM_AS_KAFKA_HAS_IT =
      List.of(
          "-XX:+UseG1GC",
          "-XX:MaxGCPauseMillis=20",
          "-XX:InitiatingHeapOccupancyPercent=35",
          "-XX:+ExplicitGCInvokesConcurrent");

  private static final int LOG_TAIL_LINES = 40;

  private final String name;
  private final Process process;
  private final Process guard;
  private final Path log;

  private KafkaProcess(String name, Process process, Process guard, Path log) {
    this.name = name;
    this.process = process;
    this.guard = guard;
    this.log = log;
  }

  /**
   * Starts a process.
   *
   * @param name of its log file, too
   * @param folder for the log, and its working directory
   * @param jvm options of the JVM
   */
  static KafkaProcess start(
      KafkaHome home,
      String name,
      Path folder,
      List<String> jvm,
      String mainClass,
      List<String> arguments) {
    try {
      Path logging = folder.resolve("log4j2.properties");
      if (Files.notExists(logging)) {
        Files.writeString(logging, LOGGING);
      }
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(jvm);
      command.add("-Djava.awt.headless=true");
      command.add("-Dlog4j2.configurationFile=" + logging);
      command.add(mainClass);
      command.addAll(arguments);
      Path log = folder.resolve(name + ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().put("CLASSPATH", home.classPath());
      Process process = builder.start();
      return new KafkaProcess(name, process, guard(process), log);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  /** Its input is a pipe from us, which breaks when this JVM is gone, even by kill -9. */
  private static Process guard(Process process) throws IOException {
    try {
      Process guard =
          new ProcessBuilder("sh", "-c", "read -r unused; kill -9 " + process.pid())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      // Nobody else that gets this process id later is to be killed.
      var unused = process.onExit().thenRun(guard::destroyForcibly);
      return guard;
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** {@code kill -STOP}: no thread of it runs until it is {@linkplain #resume resumed}. */
  void pause() {
    signal("STOP");
  }

  /** {@code kill -CONT}. */
  void resume() {
    signal("CONT");
  }

  private void signal(String signal) {
    Signals.send(signal, process.pid());
  }

  /** Waits for a good end. */
  void awaitSuccess(Duration timeout) throws InterruptedException {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          name + " is not done in " + timeout.toSeconds() + " s" + logTail());
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(name + " ended with " + process.exitValue() + logTail());
    }
  }

  /** Whether it has printed this. */
  boolean hasPrinted(String text) {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
      return lines.anyMatch(line -> line.contains(text));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  /** The end of what the process printed, for error messages. */
  String logTail() {
    List<String> lines;
    try {
      lines = Files.readAllLines(log, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "; " + log + " cannot be read: " + e.getMessage();
    }
    return "; the end of what "
        + name
        + " printed:\n"
        + String.join(
            "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
  }

  /** Ends it at once: nothing here outlives its use, and a crash is what it must bear anyway. */
  @Override
  public void close() {
    kill();
    guard.destroyForcibly().onExit().join();
  }

  @Override
  public String toString() {
    return name + " (" + process.pid() + ")";
  }

  private static final String LOGGING =
      """
      rootLogger.level = INFO
      rootLogger.appenderRef.out.ref = out
      appender.out.name = out
      appender.out.type = CONSOLE
      appender.out.layout.type = PatternLayout
      appender.out.layout.pattern = %d{HH:mm:ss.SSS} %-5p [%t] %c{1} - %m%n
      logger.configs.name = org.apache.kafka.common.config
      logger.configs.level = WARN
      logger.clients.name = org.apache.kafka.clients
      logger.clients.level = WARN
      logger.jetty.name = org.eclipse.jetty
      logger.jetty.level = WARN
      """;
}
