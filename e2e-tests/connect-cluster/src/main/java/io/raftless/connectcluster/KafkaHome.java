package io.raftless.connectcluster;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Where the build has put what the processes run on.
 *
 * @param libs the folder of Kafka's jars
 * @param plugins the folder that holds plugin directories: the worker's {@code plugin.path}
 */
public record KafkaHome(Path libs, Path plugins) {
  /** The system property with the folder of Kafka's jars. */
  public static final String LIBS_PROPERTY = "raftless.kafka.libs";

  /** The system property with the folder of plugin directories. */
  public static final String PLUGINS_PROPERTY = "raftless.connect.plugins";

  /** As the system properties say, which Maven sets for tests and bin/raftless for the demo. */
  public static KafkaHome fromProperties() {
    return new KafkaHome(folder(LIBS_PROPERTY), folder(PLUGINS_PROPERTY));
  }

  /** A class path of all jars, as java wants it. */
  String classPath() {
    return libs.resolve("*").toString();
  }

  private static Path folder(String property) {
    return Path.of(
            Objects.requireNonNull(
                System.getProperty(property),
                property + " is missing: run with Maven, in the phase verify, or bin/raftless"))
        .toAbsolutePath();
  }
}
