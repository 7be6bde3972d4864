package io.raftless.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option is in the tables of the documentation. */
class DocumentationTest {
  /** Connect's own, or documented together with what they belong to. */
  private static final Set<String> OF_CONNECT = Set.of("name", "topics", "topics.regex");

  static Stream<String> options() {
    return Stream.of(new RaftlessSinkConnector().config(), new RaftlessSourceConnector().config())
        .map(ConfigDef::names)
        .flatMap(Set::stream)
        .filter(option -> !OF_CONNECT.contains(option))
        .distinct()
        .sorted();
  }

  @ParameterizedTest
  @MethodSource("options")
  void isDocumented(String option) throws IOException {
    Path page = Path.of("..", "docs", "kafka-connect.md");
    assertThat(Files.readAllLines(page))
        .as("a row of a table of %s", page)
        .anySatisfy(line -> assertThat(line).startsWith("|").contains("`" + option + "`"));
  }
}
