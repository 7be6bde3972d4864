package io.raftless.connectcluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Signals to processes that we have started. */
final class Signals {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private Signals() {}

  /**
   * Sends a signal.
   *
   * @param signal its name, without SIG
   * @throws IllegalStateException if it cannot be sent
   */
  static void send(String signal, long pid) {
    String what = "sending " + signal + " to process " + pid;
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
              .redirectErrorStream(true)
              .start();
      if (!kill.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException(what + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + what, e);
    }
  }
}
