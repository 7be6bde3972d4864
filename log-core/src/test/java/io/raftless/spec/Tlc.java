package io.raftless.spec;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs TLC on a configuration, in a JVM of its own: TLC keeps what it knows in static fields. It is
 * the command line that {@code docs/spec/README.md} tells, with its output in a form that can be
 * parsed.
 */
final class Tlc {
  /** TLC (2.18) reads a file of its own too early now and then: no verdict on the model. */
  private static final String OWN_TROUBLE = "Read past end of file";

  private final Path models;
  private final Path scratch;

  /**
   * Runs the models of a folder.
   *
   * @param models the folder
   * @param scratch an empty folder: TLC names its files by the second and unpacks modules into the
   *     folder for temporary files, so that two runs that share them disturb each other
   */
  Tlc(Path models, Path scratch) {
    this.models = models;
    this.scratch = scratch;
  }

  /**
   * Checks a configuration, and waits for it.
   *
   * @param output gets all that TLC prints
   * @param limit after which it has failed
   */
  TlcRun run(ModelConfiguration configuration, Path output, Duration limit)
      throws IOException, InterruptedException {
    TlcRun run = run(configuration, output, limit, "first");
    if (Files.readString(output).contains(OWN_TROUBLE)) {
      // Seen once in some thousand runs, while it printed a counter-example that it had found.
      return run(configuration, output, limit, "second");
    }
    return run;
  }

  private TlcRun run(ModelConfiguration configuration, Path output, Duration limit, String attempt)
      throws IOException, InterruptedException {
    Path own = Files.createDirectories(scratch.resolve(configuration.name()).resolve(attempt));
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command(configuration, own))
            .directory(models.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    // Who stops the build stops this as well.
    Thread stop = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      boolean isDone = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      if (!isDone) {
        return new TlcRun(
            new TlcVerdict.Failed("not done after " + limit.toSeconds() + " s"),
            Optional.empty(),
            time,
            Files.readString(output));
      }
      return new TlcOutput(
              Files.readString(output), process.exitValue(), configuration.properties())
          .run(time);
    } finally {
      process.destroyForcibly().waitFor();
      Runtime.getRuntime().removeShutdownHook(stop);
    }
  }

  private static List<String> command(ModelConfiguration configuration, Path own) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx" + configuration.size().heap(),
        "-XX:+UseParallelGC",
        "-XX:ParallelGCThreads=1",
        "-Dfile.encoding=UTF-8",
        "-Djava.io.tmpdir=" + own,
        "-cp",
        jar().toString(),
        "tlc2.TLC",
        "-tool",
        "-workers",
        "1",
        "-metadir",
        own.resolve("states").toString(),
        "-config",
        configuration.fileName(),
        configuration.module() + ".tla");
  }

  /** It is on our class path, but nothing of it is used here. */
  private static Path jar() {
    try {
      return Path.of(
          Objects.requireNonNull(tlc2.TLC.class.getProtectionDomain().getCodeSource())
              .getLocation()
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
