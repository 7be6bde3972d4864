package io.raftless.demo;

import io.raftless.demo.verify.Verdict;
import io.raftless.embedded.S3Requests;
import java.io.PrintWriter;
import java.time.Duration;

/**
 * What came of the Connect demo.
 *
 * @param verdict of the comparison of what went into one topic with what came out of the other
 * @param workersKilled by {@code kill -9}
 * @param requests that the S3 server was sent by both connectors
 * @param time from start to end
 */
record ConnectDemoReport(Verdict verdict, int workersKilled, S3Requests requests, Duration time) {

  /** The command's exit code. */
  int exitCode() {
    return verdict.isExactlyOnce() ? 0 : 1;
  }

  /** Prints the table and, as its last line, the verdict. */
  void printTo(PrintWriter out) {
    ReportTable table = new ReportTable(out);
    table.records(verdict);
    table.row("workers killed", workersKilled);
    table.end(requests, time, verdict);
  }
}
