package io.raftless.demo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The file that logback.xml writes to; it must be named before anything logs. */
final class LogFile {
  private static final String PROPERTY = "raftless.log.file";

  private LogFile() {}

  /** Names the file, unless it is null, and returns the name that holds. */
  static Path set(@Nullable Path file) {
    if (file != null) {
      System.setProperty(PROPERTY, file.toString());
    }
    String name = System.getProperty(PROPERTY);
    if (name == null) {
      name =
          Path.of(
                  System.getProperty("java.io.tmpdir"),
                  "raftless-" + ProcessHandle.current().pid() + ".log")
              .toString();
      System.setProperty(PROPERTY, name);
    }
    return Path.of(name);
  }
}
