package io.raftless.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person is told who got the command line of the Connect demo wrong. */
class ConnectDemoCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "--partitions, 0",
    "--partitions, 101",
    "--kills, -1",
    "--kills, 21",
    "--key, ''",
    "--failures, 1"
  })
  void anOptionThatMakesNoSenseIsNamed(String option, String value) {
    assertRefused(option, option + "=" + value);
  }

  @Test
  void killsMustFitIntoTheFile() throws IOException {
    Path file = Files.writeString(folder.resolve("short"), "a\nb\n");
    assertRefused("choose --kills 0 to 1", "--input", file.toString(), "--kills", "2");
  }

  @Test
  void helpIsHelp() {
    CommandRun run = CommandRun.of("connect-demo", "--help");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("--kills", "kill -9");
    assertThat(run.err()).isEmpty();
  }

  private static void assertRefused(String reason, String... options) {
    String[] arguments = new String[options.length + 1];
    arguments[0] = "connect-demo";
    System.arraycopy(options, 0, arguments, 1, options.length);
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).singleElement().asString().contains(reason);
  }
}
