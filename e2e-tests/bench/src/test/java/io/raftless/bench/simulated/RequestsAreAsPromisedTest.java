package io.raftless.bench.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.bench.BenchCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RequestsAreAsPromisedTest {
  @Test
  void aRunOfTheExperimentsThatCountEndsWell(@TempDir Path folder) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute("--check", "--output", folder.toString(), "requests", "log-length");
    assertThat(code).as("%s%n%s", out, err).isZero();
    assertThat(folder.resolve("log-length.json")).isNotEmptyFile();
  }
}
