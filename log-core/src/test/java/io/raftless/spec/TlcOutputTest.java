package io.raftless.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What TLC really printed is understood. */
class TlcOutputTest {

  private static TlcRun run(String name, int exitStatus) throws IOException {
    return run(name, TinyModels.output(name), exitStatus);
  }

  private static TlcRun run(String name, String output, int exitStatus) throws IOException {
    return new TlcOutput(output, exitStatus, TinyModels.configuration(name).properties())
        .run(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Counter             | 0   | holds",
        "Counter-invariant   | 12  | violates BelowLimit",
        "Counter-initial     | 12  | violates BelowLimit",
        "Counter-action      | 13  | violates NeverGoesBack",
        "Counter-temporal    | 13  | violates Arrives",
        "Counter-stops       | 11  | deadlock",
        "Counter-evaluation  | 76  | error: Evaluating invariant Nonsense failed.",
        "Counter-undefined   | 151 | error: The invariant Absent specified in the configuration file",
        "Broken              | 150 | error: Parsing or semantic analysis failed.",
        "Pair                | 13  | error: liveness is not to be checked with a symmetry set",
        "Counter-twoTemporal | 13  | error: TLC does not say which temporal property is violated:"
            + " list one of [Moves, Arrives] at a time to find out",
      })
  void aVerdictIsRead(String name, int exitStatus, String verdict) throws IOException {
    assertThat(run(name, exitStatus).verdict()).hasToString(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "Counter, 0, 4, 4, 4",
    "Counter-action, 13, 4, 3, 3",
    "Counter-temporal, 13, 7, 4, 4"
  })
  void whatWasSearchedIsRead(String name, int exitStatus, long generated, long distinct, int depth)
      throws IOException {
    assertThat(run(name, exitStatus).search())
        .contains(new TlcRun.Search(generated, distinct, OptionalInt.of(depth)));
  }

  @Test
  void aCounterexampleIsReported() throws IOException {
    assertThat(run("Counter-invariant", 12).report())
        .startsWith("Invariant BelowLimit is violated.")
        .contains("1: <Initial predicate>\nnumber = 0\n")
        .contains("4: <Up line 17, col 7 to line 17, col 44 of module Counter>\nnumber = 3\n")
        .doesNotContain("@!@!@")
        .doesNotContain("Progress");
    assertThat(run("Counter-initial", 12).report()).contains("number = 3");
    assertThat(run("Counter-temporal", 13).report()).contains("1: Back to state: <Down line 18");
    assertThat(run("Counter-stops", 11).report()).contains("Deadlock reached", "number = 3");
  }

  @Test
  void ofAFailureEverythingIsReported() throws IOException {
    assertThat(run("Broken", 150).report())
        .contains("Could not parse module Broken from file Broken.tla")
        .doesNotContain("@!@!@");
  }

  @Test
  void outputThatBreaksOffIsAFailure() throws IOException {
    String output = TinyModels.output("Counter");
    String success = "@!@!@STARTMSG 2193";
    int end = output.indexOf(success);
    assertThat(end).isPositive();
    assertThat(run("Counter", output.substring(0, end), 0).verdict())
        .hasToString("error: TLC did not finish: exit status 0");
    assertThat(run("Counter", output.substring(0, end + success.length()), 1).verdict())
        .hasToString("error: TLC did not finish: exit status 1");
    assertThat(run("Counter", "", 137).verdict())
        .hasToString("error: TLC did not finish: exit status 137");
  }

  @Test
  void anExitStatusThatSaysSomethingElseIsAFailure() throws IOException {
    assertThat(run("Counter", 12).verdict()).hasToString("error: holds, but exit status 12");
    assertThat(run("Counter-invariant", 0).verdict())
        .hasToString("error: violates BelowLimit, but exit status 0");
  }

  @Test
  void statesThatWereNotLookedAtAreAFailure() throws IOException {
    String output =
        TinyModels.output("Counter")
            .replace(
                "4 distinct states found, 0 states left", "4 distinct states found, 1 states left");
    assertThat(run("Counter", output, 0).verdict())
        .hasToString("error: TLC did not look at all states");
  }

  @Test
  void whoDoesNotSayHowFarItLookedHasFailed() throws IOException {
    String output = TinyModels.output("Counter").replace("STARTMSG 2194", "STARTMSG 9999");
    assertThat(run("Counter", output, 0).verdict())
        .hasToString("error: TLC did not say how far it looked");
  }
}
