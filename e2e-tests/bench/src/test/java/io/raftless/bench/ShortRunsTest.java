package io.raftless.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ShortRunsTest {
  @TempDir private Path folder;

  @Test
  void everyBenchmarkOfJmhRunsInThisProcessWhenOnlyChecked() {
    String report = run("micro");
    assertThat(report)
        .contains("| copy and CRC32C | throughput [MB/s] |")
        .contains("| encode, 1 KiB, none | allocated per byte |")
        .contains("| decode, 100 B, zstd | records [1/s] |")
        .containsPattern("\\| decode, head of \\d+ KiB, 16 KiB inline \\| heads \\[1/s] \\|");
  }

  @Test
  void aFullWriterTakesWhatItsBudgetSaysAndALongRunIsMeasured() {
    String report = run("memory");
    assertThat(report)
        .contains("| new writer, none | heap by budget |")
        .contains("| after large batches | heap before, nothing buffered [MiB] |")
        .contains("| long run | growth of the heap [MiB] |");
    // It fills its budget, or nothing was held up; and it keeps to it, as has been promised.
    assertThat(median(report, "new writer, none", "heap by budget")).isBetween(0.9, 1.1);
  }

  @Test
  void theLogIsMeasuredNextToRequestsOnTheStoreAndOnS3() {
    for (String experiment : List.of("append", "read")) {
      assertThat(run(experiment))
          .contains("| log, none | throughput [MB/s] |")
          .contains("| log, zstd | CPU of all processes [s/GB] |");
    }
    String report = run("simulated-throughput");
    // S3 gives 90 MB/s on a connection: what is faster than four of them was not simulated.
    assertThat(median(report, "raw PUT", "throughput [MB/s]")).isBetween(1.0, 360.0);
    assertThat(median(report, "append, none", "throughput [MB/s]")).isBetween(1.0, 360.0);
    assertThat(median(report, "read, none", "throughput [MB/s]")).isPositive();
  }

  private static double median(String report, String who, String what) {
    Matcher row =
        Pattern.compile(
                "^\\| "
                    + Pattern.quote(who)
                    + " \\| "
                    + Pattern.quote(what)
                    + " \\| ([0-9.,]+) \\|",
                Pattern.MULTILINE)
            .matcher(report);
    assertThat(row.find()).as(report).isTrue();
    return Double.parseDouble(row.group(1).replace(",", ""));
  }

  private String run(String experiment) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute("--check", "--output", folder.toString(), experiment);
    assertThat(code).as("%s%n%s", out, err).isZero();
    assertThat(folder.resolve(experiment + ".json")).isNotEmptyFile();
    return out.toString();
  }
}
