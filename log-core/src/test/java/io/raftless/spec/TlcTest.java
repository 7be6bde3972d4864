package io.raftless.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLC is really run, and ends as it did when its output was kept for {@link TlcOutputTest}. */
class TlcTest {
  @TempDir private Path scratch = Path.of("");

  private TlcRun run(String name, Duration limit) throws IOException, InterruptedException {
    return new Tlc(TinyModels.FOLDER, scratch)
        .run(TinyModels.configuration(name), scratch.resolve(name + ".out"), limit);
  }

  @ParameterizedTest
  @CsvSource({
    "Counter, holds",
    "Counter-temporal, violates Arrives",
    "Broken, error: Parsing or semantic analysis failed."
  })
  void itEndsAsItDid(String name, String verdict) throws Exception {
    TlcRun run = run(name, Duration.ofMinutes(5));
    assertThat(run.verdict()).as(run.report()).hasToString(verdict);
  }

  @Test
  void whatIsNotDoneInTimeIsStoppedAndHasFailed() throws Exception {
    assertThat(run("Counter", Duration.ofMillis(1)).verdict())
        .hasToString("error: not done after 0 s");
    assertThat(ProcessHandle.current().children()).noneMatch(ProcessHandle::isAlive);
  }
}
