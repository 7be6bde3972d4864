package io.raftless.demo;

import io.raftless.demo.verify.Verdict;
import io.raftless.embedded.S3Requests;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * What came of the demo.
 *
 * @param verdict of the comparison
 * @param failuresSurvived as Flink counted them: how often the writing job restarted
 * @param checkpoints of the writing job
 * @param requests that the S3 server was sent by both jobs
 * @param time from start to end
 */
record DemoReport(
    Verdict verdict, int failuresSurvived, long checkpoints, S3Requests requests, Duration time) {

  /** The command's exit code. */
  int exitCode() {
    return verdict.isExactlyOnce() ? 0 : 1;
  }

  /** Prints the table and, as its last line, the verdict. */
  void printTo(PrintWriter out) {
    row(out, "records in", count(verdict.recordsIn()));
    row(out, "records out", count(verdict.recordsOut()));
    row(out, "lost", count(verdict.lost()));
    row(out, "duplicated", count(verdict.duplicated()));
    row(out, "altered", count(verdict.altered()));
    row(out, "out of order within a key", count(verdict.outOfOrder()));
    row(out, "failures survived", count(failuresSurvived));
    row(out, "checkpoints", count(checkpoints));
    row(out, "S3 PUT", count(requests.put()));
    row(out, "S3 GET", count(requests.get()));
    row(out, "S3 LIST", count(requests.list()));
    row(out, "S3 DELETE", count(requests.delete()));
    row(out, "S3 other", count(requests.head() + requests.multipart() + requests.other()));
    row(out, "seconds", String.format(Locale.ROOT, "%.1f", time.toMillis() / 1e3));
    out.println("exactly-once: " + (verdict.isExactlyOnce() ? "OK" : "VIOLATED"));
    out.flush();
  }

  private static void row(PrintWriter out, String name, String value) {
    out.println(String.format(Locale.ROOT, "%-26s %12s", name, value));
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
