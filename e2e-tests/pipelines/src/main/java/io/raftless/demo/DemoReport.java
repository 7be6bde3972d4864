package io.raftless.demo;

import io.raftless.demo.verify.Verdict;
import io.raftless.embedded.S3Requests;
import java.io.PrintWriter;
import java.time.Duration;

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
    ReportTable table = new ReportTable(out);
    table.records(verdict);
    table.row("failures survived", failuresSurvived);
    table.row("checkpoints", checkpoints);
    table.end(requests, time, verdict);
  }
}
