package io.raftless.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM on Flink's lib folder. */
final class FlinkProcess implements AutoCloseable {
  private static final int LOG_TAIL_LINES = 40;

  /** What Flink's configuration opens on Java 17. */
  private static final List<String> OPENED =
      List.of(
          "java.base/java.lang",
          "java.base/java.lang.reflect",
          "java.base/java.io",
          "java.base/java.net",
          "java.base/java.nio",
          "java.base/java.text",
          "java.base/java.time",
          "java.base/java.util",
          "java.base/java.util.concurrent",
          "java.base/java.util.concurrent.atomic",
          "java.base/java.util.concurrent.locks",
          "java.base/sun.nio.ch");

  private final String name;
  private final Process process;
  private final Path log;

  /** Ends the process if this JVM ends before the test can. */
  private final Thread ender;

  private FlinkProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.ender = new Thread(process::destroyForcibly, "end-" + name);
    Runtime.getRuntime().addShutdownHook(ender);
  }

  /**
   * Starts a process.
   *
   * @param name of its log file, too
   * @param jvm options of the JVM
   * @param classPath as java wants it
   */
  static FlinkProcess start(
      String name,
      Path folder,
      List<String> jvm,
      String classPath,
      String mainClass,
      List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("-Dlog4j2.configurationFile=" + folder.resolve("conf/log4j.properties"));
    OPENED.forEach(opened -> command.addAll(List.of("--add-opens", opened + "=ALL-UNNAMED")));
    command.add(mainClass);
    command.addAll(arguments);
    Path log = folder.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("CLASSPATH", classPath);
    try {
      return new FlinkProcess(name, builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Waits for the end, and returns what the process printed. */
  List<String> output(Duration timeout) throws InterruptedException {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(name + " is not done in " + timeout.toSeconds() + " s" + logTail());
    }
    if (process.exitValue() != 0) {
      throw new AssertionError(name + " ended with " + process.exitValue() + logTail());
    }
    return log();
  }

  /** The end of what the process printed, for error messages. */
  String logTail() {
    List<String> lines = log();
    return "; the end of what "
        + name
        + " printed:\n"
        + String.join(
            "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
  }

  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(ender);
  }

  private List<String> log() {
    try {
      return Files.readAllLines(log, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  @Override
  public String toString() {
    return name + " (" + process.pid() + ")";
  }
}
