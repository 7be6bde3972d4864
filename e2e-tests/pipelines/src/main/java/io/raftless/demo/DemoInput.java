package io.raftless.demo;

import io.raftless.demo.input.InputLines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that the demo reads, and what its lines are.
 *
 * @param name for people
 * @param file for Flink
 * @param lines of the file
 */
record DemoInput(String name, Path file, InputLines lines) {
  private static final String EARTHQUAKES = "earthquakes.ndjson";

  /**
   * Looks at the input before anything is started.
   *
   * @param input what was asked for; null for the earthquakes that come with the project
   * @param folder takes a copy of those, since Flink reads files and no resources
   * @throws UsageException if the file cannot be used
   */
  static DemoInput open(@Nullable Path input, Path folder) {
    try {
      return input == null ? openEarthquakes(folder) : openFile(input);
    } catch (AccessDeniedException e) {
      throw new UsageException("you may not read " + input + ": change its permissions");
    } catch (IOException e) {
      throw new UsageException(
          "cannot read " + input + " (" + e.getMessage() + "): give --input a file of lines");
    }
  }

  private static DemoInput openFile(Path input) throws IOException {
    if (Files.notExists(input)) {
      throw new UsageException("there is no file " + input + ": give --input a file that exists");
    }
    if (Files.isDirectory(input)) {
      throw new UsageException(input + " is a folder: give --input a file of lines");
    }
    if (Files.exists(input) && !Files.isRegularFile(input)) {
      throw new UsageException(
          input + " is no regular file, and it is read more than once: copy it to one first");
    }
    InputLines lines = InputLines.scan(input);
    if (lines.count() == 0) {
      throw new UsageException(input + " is empty: give --input a file of at least one line");
    }
    return new DemoInput(input.toString(), input.toAbsolutePath(), lines);
  }

  private static DemoInput openEarthquakes(Path folder) throws IOException {
    Path copy = folder.resolve(EARTHQUAKES);
    try (InputStream resource = DemoInput.class.getResourceAsStream(EARTHQUAKES)) {
      Files.copy(Objects.requireNonNull(resource, EARTHQUAKES), copy);
    }
    return new DemoInput("a week of earthquakes (USGS)", copy, InputLines.scan(copy));
  }
}
