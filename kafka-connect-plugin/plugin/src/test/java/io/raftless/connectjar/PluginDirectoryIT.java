package io.raftless.connectjar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.kafka.connect.runtime.isolation.PluginClassLoader;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The directory that goes below a worker's {@code plugin.path}, and the zip of it. */
final class PluginDirectoryIT {
  private static final JsonMapper JSON = JsonMapper.shared();

  @Test
  void itHoldsTheJarTheLicencesAndTheExamples() throws IOException {
    assertThat(contentOfTheDirectory())
        .containsOnlyKeys(
            "LICENSE",
            "NOTICE",
            "README.md",
            PluginJar.path().getFileName().toString(),
            "etc/connect-distributed.properties",
            "etc/connect-standalone.properties",
            "etc/raftless-sink.json",
            "etc/raftless-sink.properties",
            "etc/raftless-source.json",
            "etc/raftless-source.properties");
  }

  @Test
  void theZipHoldsTheSameInOneFolder() throws IOException {
    Map<String, Long> packed = new TreeMap<>();
    try (ZipFile zip = new ZipFile(PluginJar.zip().toFile())) {
      for (ZipEntry entry : zip.stream().filter(entry -> !entry.isDirectory()).toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          packed.put(entry.getName(), (long) in.readAllBytes().length);
        }
      }
    }
    String folder = PluginJar.directory().getFileName() + "/";
    Map<String, Long> expected = new TreeMap<>();
    contentOfTheDirectory().forEach((name, bytes) -> expected.put(folder + name, bytes));
    assertThat(packed).isEqualTo(expected);
  }

  @Test
  void theExamplesAreValidOptionsOfTheConnectorsThatTheyName() throws Exception {
    for (String example : List.of("raftless-sink", "raftless-source")) {
      Map<String, String> json =
          JSON.readValue(
              PluginJar.directory().resolve("etc/" + example + ".json").toFile(),
              new TypeReference<TreeMap<String, String>>() {});
      for (Map<String, String> options : List.of(properties(example), json)) {
        try (URLClassLoader worker = PluginJar.worker();
            PluginClassLoader isolated = PluginJar.isolated(worker)) {
          assertValid(isolated, example, options);
        }
      }
    }
  }

  /** Without the bucket, which is not there, only the options by themselves are looked at. */
  private static void assertValid(
      PluginClassLoader isolated, String example, Map<String, String> options) throws Exception {
    Object connector =
        isolated.loadClass(options.get("connector.class")).getDeclaredConstructor().newInstance();
    Object definition = connector.getClass().getMethod("config").invoke(connector);
    Object names = definition.getClass().getMethod("names").invoke(definition);
    assertThat((java.util.Set<?>) names)
        .as(example)
        .map(Object::toString)
        .containsAll(
            options.keySet().stream().filter(option -> !OF_CONNECT.contains(option)).toList());
    List<?> values =
        (List<?>)
            definition.getClass().getMethod("validate", Map.class).invoke(definition, options);
    for (Object value : values) {
      assertThat((List<?>) value.getClass().getMethod("errorMessages").invoke(value))
          .as(example + ": " + value)
          .isEmpty();
    }
  }

  private static final List<String> OF_CONNECT =
      List.of(
          "name",
          "connector.class",
          "tasks.max",
          "topics",
          "exactly.once.support",
          "transaction.boundary");

  private static Map<String, String> properties(String example) throws IOException {
    Properties properties = new Properties();
    try (Reader in =
        Files.newBufferedReader(PluginJar.directory().resolve("etc/" + example + ".properties"))) {
      properties.load(in);
    }
    Map<String, String> options = new TreeMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> options.put(name, properties.getProperty(name)));
    return options;
  }

  private static Map<String, Long> contentOfTheDirectory() throws IOException {
    Path directory = PluginJar.directory();
    Map<String, Long> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(directory.relativize(file).toString().replace('\\', '/'), Files.size(file));
      }
    }
    return content;
  }
}
