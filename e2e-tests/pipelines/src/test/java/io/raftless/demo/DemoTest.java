package io.raftless.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.demo.failure.FailurePlan;
import io.raftless.demo.input.KeyRule;
import io.raftless.demo.verify.Verdict;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole demo, with its S3 server in another process and its Flink cluster in this one. */
@Timeout(120)
class DemoTest {
  private static final int EARTHQUAKES = 1_707;

  @TempDir private Path folder;

  @Test
  void theEarthquakesSurviveEveryKindOfFailure() {
    CommandRun run =
        CommandRun.of(
            "demo", "--failures", "4", "--checkpoint-interval-ms", "200", "--folder", folder + "");
    assertThat(run.lastLine()).as(run.err()).isEqualTo("exactly-once: OK");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .containsPattern("records out +1,707\n")
        .containsPattern("failures survived +4\n")
        .containsPattern("S3 LIST +0\n");
    assertThat(run.err())
        .contains(
            "failure 1 of 4: the committer died between pre-commit and commit, with 2 partitions")
        .contains("failure 2 of 4: an operator died")
        .contains(
            "failure 3 of 4: the committer died between pre-commit and commit, with no partition")
        .contains("failure 4 of 4: an operator died");
  }

  @Test
  void equalLinesOfALargeFileAreCountedEach() throws Exception {
    int lines = 200_000;
    DemoReport report = run(settings(largeFile(lines), 2));
    assertThat(report.verdict()).isEqualTo(new Verdict(lines, lines, 0, 0, 0, 0));
    assertThat(report.failuresSurvived()).isEqualTo(2);
  }

  @Test
  void threeLinesAreEnoughForTwoFailuresWhateverTheFileIsCalled() throws Exception {
    Path file = Files.writeString(folder.resolve("_100% #1 &?.txt"), "\nsame\nsame");
    DemoReport report = run(settings(file, 2));
    assertThat(report.verdict()).isEqualTo(new Verdict(3, 3, 0, 0, 0, 0));
    assertThat(report.failuresSurvived()).isEqualTo(2);
  }

  @Test
  void aSinkThatForgetsWhatWasNotCommittedIsFoundOut() throws Exception {
    DemoReport report = new Demo(settings(null, 1), silently(), LosingSink::new).run();
    assertThat(report.verdict().lost()).isPositive();
    assertViolated(report);
  }

  @Test
  void aSinkThatWritesTwiceIsFoundOut() throws Exception {
    DemoReport report = new Demo(settings(null, 0), silently(), DoublingSink::new).run();
    int twice = EARTHQUAKES / 100 + 1;
    assertThat(report.verdict())
        .isEqualTo(new Verdict(EARTHQUAKES, EARTHQUAKES + twice, 0, twice, 0, 0));
    assertViolated(report);
  }

  @Test
  void failuresThatDidNotStrikeAreNoSuccess() {
    FailurePlan plan = new FailurePlan(10, 2);
    assertThatThrownBy(() -> Demo.requireAllFailures(plan, new JobOutcome(2, 5)))
        .isInstanceOf(DemoFailedException.class)
        .hasMessageContaining("2 failures were asked for, 0 struck");
    assertThatThrownBy(() -> Demo.requireAllFailures(new FailurePlan(10, 0), new JobOutcome(1, 5)))
        .isInstanceOf(DemoFailedException.class)
        .hasMessageContaining("restarted the job 1 times");
  }

  private static void assertViolated(DemoReport report) {
    StringWriter out = new StringWriter();
    report.printTo(new PrintWriter(out));
    assertThat(out.toString()).endsWith("exactly-once: VIOLATED" + System.lineSeparator());
    assertThat(report.exitCode()).isEqualTo(1);
  }

  private static DemoReport run(DemoSettings settings) throws InterruptedException {
    return new Demo(settings, silently()).run();
  }

  private static DemoSettings settings(@Nullable Path input, int failures) {
    return new DemoSettings(
        input, new KeyRule("net"), 4, failures, 2, Duration.ofMillis(200), null);
  }

  private static Progress silently() {
    return Progress.on(new PrintWriter(new StringWriter()), false);
  }

  /** A third is one line again and again, a third JSON objects, a third plain text. */
  private Path largeFile(int lines) throws IOException {
    Path file = folder.resolve("large");
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      for (int line = 0; line < lines; line++) {
        writer.write(
            switch (line % 3) {
              case 0 -> "{\"net\":\"same\"}";
              case 1 -> "{\"net\":\"n" + line % 500 + "\",\"id\":" + line + "}";
              default -> "plain text " + line % 20_000;
            });
        writer.write('\n');
      }
    }
    return file;
  }
}
