package io.raftless.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Connect demo as people run it, from the command line to the verdict. */
@Timeout(300)
class ConnectDemoIT {
  @Test
  void aWorkerIsKilledOnTheWayAndEveryLineArrivesOnce() {
    CommandRun run = CommandRun.of("connect-demo", "--kills", "1");

    assertThat(run.exitCode()).as("%s%s", run.out(), run.err()).isZero();
    assertThat(run.lastLine()).isEqualTo("exactly-once: OK");
    assertThat(run.out())
        .containsPattern("records out +1,707")
        .containsPattern("workers killed +1");
    assertThat(run.err()).contains("kill -9 of worker-1");
  }
}
