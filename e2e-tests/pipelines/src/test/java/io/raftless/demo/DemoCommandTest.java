package io.raftless.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person is told who got the command line wrong: one line, exit code 2. */
class DemoCommandTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "--partitions, 0",
    "--partitions, 1001",
    "--partitions, four",
    "--failures, -1",
    "--failures, 1001",
    "--parallelism, 0",
    "--parallelism, 33",
    "--checkpoint-interval-ms, 49",
    "--key, ''",
    "--no-such-option, 1"
  })
  void anOptionThatMakesNoSenseIsNamed(String option, String value) {
    assertRefused(option, "demo", option + "=" + value);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path file = folder.resolve("missing");
    assertRefused(file.toString(), "demo", "--input", file.toString());
  }

  @Test
  void aFolderIsNoFile() {
    assertRefused("is a folder", "demo", "--input", folder.toString());
  }

  @Test
  void anEmptyFileIsNothingToWrite() throws IOException {
    Path file = Files.createFile(folder.resolve("empty"));
    assertRefused("is empty", "demo", "--input", file.toString());
  }

  @Test
  void aDeviceIsReadMoreThanOnceAndSoNotTaken() {
    assertRefused("no regular file", "demo", "--input", "/dev/null");
  }

  @Test
  void aFileThatIsNotWhatItsNameSaysIsNotTaken() throws IOException {
    Path file = Files.writeString(folder.resolve("plain.gz"), "not packed");
    assertRefused("cannot read", "demo", "--input", file.toString());
  }

  @Test
  void aFileThatNothingUnpacksIsNotTaken() throws IOException {
    Path file = Files.writeString(folder.resolve("packed.xz"), "whatever");
    assertRefused("nothing here unpacks", "demo", "--input", file.toString());
  }

  @Test
  void failuresMustFitIntoTheFile() throws IOException {
    Path file = Files.writeString(folder.resolve("short"), "a\nb\n");
    assertRefused("choose --failures 0 to 1", "demo", "--input", file.toString());
  }

  @Test
  void aFolderForObjectsMustNotBeAFile() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused("is a file", "demo", "--folder", file.toString());
    assertRefused("cannot make the folder", "demo", "--folder", file.resolve("in").toString());
  }

  @Test
  void aLogFileMustBeWritable() {
    assertRefused("--log-file", "demo", "--log-file", folder.resolve("no/such/folder").toString());
    assertRefused("--log-file", "demo", "--log-file", folder.toString());
  }

  @Test
  void withoutACommandItSaysWhichThereAre() {
    assertRefused("raftless demo");
    assertRefused("nonsense", "nonsense");
  }

  @Test
  void helpIsHelp() {
    for (String[] arguments : new String[][] {{"--help"}, {"demo", "--help"}, {"--version"}}) {
      CommandRun run = CommandRun.of(arguments);
      assertThat(run.exitCode()).isZero();
      assertThat(run.out()).containsIgnoringCase("raftless");
      assertThat(run.err()).isEmpty();
    }
  }

  private static void assertRefused(String reason, String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).singleElement().asString().contains(reason);
  }
}
