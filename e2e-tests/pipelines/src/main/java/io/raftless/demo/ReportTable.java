package io.raftless.demo;

import io.raftless.demo.verify.Verdict;
import io.raftless.embedded.S3Requests;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** The table that each demo ends with; its last line is the verdict. */
record ReportTable(PrintWriter out) {

  /** What the comparison found. */
  void records(Verdict verdict) {
    row("records in", verdict.recordsIn());
    row("records out", verdict.recordsOut());
    row("lost", verdict.lost());
    row("duplicated", verdict.duplicated());
    row("altered", verdict.altered());
    row("out of order within a key", verdict.outOfOrder());
  }

  void row(String name, long value) {
    row(name, String.format(Locale.ROOT, "%,d", value));
  }

  /** What it took, and the verdict. */
  void end(S3Requests requests, Duration time, Verdict verdict) {
    row("S3 PUT", requests.put());
    row("S3 GET", requests.get());
    row("S3 LIST", requests.list());
    row("S3 DELETE", requests.delete());
    row("S3 other", requests.head() + requests.multipart() + requests.other());
    row("seconds", String.format(Locale.ROOT, "%.1f", time.toMillis() / 1e3));
    out.println("exactly-once: " + (verdict.isExactlyOnce() ? "OK" : "VIOLATED"));
    out.flush();
  }

  private void row(String name, String value) {
    out.println(String.format(Locale.ROOT, "%-26s %12s", name, value));
  }
}
