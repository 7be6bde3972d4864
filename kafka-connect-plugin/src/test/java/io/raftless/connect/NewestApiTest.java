package io.raftless.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The plugin compiles against the newest API as well, so that it uses nothing that is gone there.
 * Classes inside Kafka that are no API come and go.
 */
class NewestApiTest {
  @TempDir private Path out;

  @Test
  void thePluginCompilesAgainstTheNewestApi() throws IOException {
    List<Path> newest = files(Path.of("target", "newest-api"), ".jar");
    assertThat(newest).as("run with Maven, which puts them there").hasSize(2);
    String classPath =
        Stream.concat(
                newest.stream().map(Path::toString),
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .filter(entry -> !isKafka(entry)))
            .collect(Collectors.joining(File.pathSeparator));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(said, null, null)) {
      boolean isCompiled =
          compiler
              .getTask(
                  null,
                  files,
                  said,
                  List.of("-proc:none", "-cp", classPath, "-d", out.toString()),
                  null,
                  files.getJavaFileObjectsFromPaths(files(Path.of("src", "main", "java"), ".java")))
              .call();
      assertThat(isCompiled).as("%s", said.getDiagnostics()).isTrue();
    }
  }

  private static boolean isKafka(String entry) {
    String name = Path.of(entry).getFileName().toString();
    boolean isOurs =
        entry.endsWith(Path.of("kafka-connect-plugin", "target", "classes").toString());
    return isOurs || name.startsWith("connect-") || name.startsWith("kafka-");
  }

  private static List<Path> files(Path folder, String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }
}
