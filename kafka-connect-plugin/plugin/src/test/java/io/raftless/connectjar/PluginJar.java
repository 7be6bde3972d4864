package io.raftless.connectjar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.connect.runtime.isolation.PluginClassLoader;

/** The jar that was built, as the tests look at it. */
final class PluginJar implements AutoCloseable {

  /** What a worker has that is not Kafka's and that matters here. */
  private static final List<String> OF_THE_WORKER =
      List.of("/at/yawk/lz4/", "/com/github/luben/", "/org/slf4j/slf4j-api/");

  private final JarFile jar;

  private PluginJar(JarFile jar) {
    this.jar = jar;
  }

  static PluginJar open() throws IOException {
    return new PluginJar(new JarFile(path().toFile()));
  }

  static Path path() {
    return Path.of(property("raftless.jar"));
  }

  /** The directory that a worker's {@code plugin.path} is to hold. */
  static Path directory() {
    return Path.of(property("raftless.directory"));
  }

  /** The same, packed. */
  static Path zip() {
    return Path.of(property("raftless.zip"));
  }

  /** The runtime dependencies that Maven bundled, {@code group:artifact:version}, but for ours. */
  static List<String> bundled() throws IOException {
    List<String> bundled = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(property("raftless.bundled")), UTF_8)) {
      String[] parts = line.strip().split(":", -1);
      if (parts.length >= 5 && !parts[0].equals("io.raftless")) {
        bundled.add(parts[0] + ":" + parts[1] + ":" + parts[3]);
      }
    }
    return bundled;
  }

  /** Sees the JDK, Kafka and what that brings along: the class path of a worker. */
  static URLClassLoader worker() throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String slashes = entry.replace(File.separatorChar, '/');
      if (slashes.contains("/org/apache/kafka/")
          || OF_THE_WORKER.stream().anyMatch(slashes::contains)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  /** Connect's class loader for a plugin: the jar first, then the worker. */
  static PluginClassLoader isolated(URLClassLoader worker) throws MalformedURLException {
    URL url = path().toUri().toURL();
    return new PluginClassLoader(url, new URL[] {url}, worker);
  }

  /** The names of all files. */
  List<String> files() {
    return jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList();
  }

  /** The names of all files under a folder. */
  List<String> files(String folder) {
    return files().stream().filter(name -> name.startsWith(folder)).toList();
  }

  byte[] bytes(String file) throws IOException {
    JarEntry entry = Objects.requireNonNull(jar.getJarEntry(file), file);
    try (InputStream in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  String text(String file) throws IOException {
    return new String(bytes(file), UTF_8);
  }

  @Override
  public void close() throws IOException {
    jar.close();
  }

  private static String property(String name) {
    return Objects.requireNonNull(
        System.getProperty(name), name + " is missing: run with Maven, in the phase verify");
  }
}
