package io.raftless.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CostCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new CostCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void aMonthIsPricedByRequestsAndBytes() {
    assertThat(
            run(
                "--rate=1",
                "--linger=1000",
                "--partitions=1",
                "--readers=0",
                "--retention-days=10",
                "--put-price=1",
                "--get-price=1",
                "--storage-price=0.01"))
        .isZero();
    // 2 + 1 / 48 PUT a second; 1 MB a second for ten days.
    assertThat(out.toString())
        .containsPattern("PUT requests +5\\.2 million +5\\.24 \\$")
        .containsPattern("GET requests +0\\.0 million +0\\.00 \\$")
        .containsPattern("stored +864\\.0 GB +8\\.64 \\$")
        .containsPattern("a month +13\\.88 \\$")
        .contains("flushes 1.00 times a second, an object and a head");
  }

  @ParameterizedTest
  @CsvSource({
    "--rate=0,--rate 0: choose a number above 0",
    "--partitions=0,--partitions 0: choose 1 or more",
    "--writers=-1,--writers -1: choose 1 or more",
    "--readers=-1,--readers -1: choose 0 or more",
    "--linger=0,--linger 0: choose 1 or more",
    "--get-price=-0.5,--get-price -0.5: choose 0 or more"
  })
  void whatMakesNoSenseIsNamed(String option, String message) {
    String[] arguments =
        option.startsWith("--rate") ? new String[] {option} : new String[] {"--rate=1", option};
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }
}
