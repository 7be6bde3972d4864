package io.raftless;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tests that {@code docs/attacks.md} names are there. */
class AttacksTest {
  private static final Path PROJECT = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`([A-Za-z0-9]+Test)\\.([A-Za-z0-9]+)`");

  static Stream<String> named() throws IOException {
    Matcher matcher = NAMED.matcher(Files.readString(PROJECT.resolve("docs/attacks.md")));
    List<String> all = matcher.results().map(MatchResult::group).toList();
    assertThat(all).hasSizeGreaterThan(30);
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("named")
  void aNamedTestExists(String name) throws IOException {
    Matcher matcher = NAMED.matcher(name);
    assertThat(matcher.matches()).isTrue();
    Path source = source(matcher.group(1));
    assertThat(Files.readString(source)).contains("void " + matcher.group(2) + "(");
  }

  private static Path source(String testClass) throws IOException {
    for (String module : List.of("log-core", "flink-connector")) {
      try (Stream<Path> files = Files.walk(PROJECT.resolve(module).resolve("src/test"))) {
        Optional<Path> found = files.filter(file -> file.endsWith(testClass + ".java")).findFirst();
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw new AssertionError(testClass + " is not there");
  }
}
