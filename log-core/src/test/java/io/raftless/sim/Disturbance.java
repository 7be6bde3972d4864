package io.raftless.sim;

import java.time.Duration;

/** What happens to a machine, and when. */
sealed interface Disturbance {
  /** When, since the beginning. */
  Duration at();

  /** Which machine. */
  int machine();

  /** It crashes, and starts again after a while. */
  record Crash(Duration at, int machine, Duration restartAfter) implements Disturbance {}

  /** It does nothing for a while. */
  record Stall(Duration at, int machine, Duration time) implements Disturbance {}

  /** Its clock jumps, ahead or back. */
  record ClockJump(Duration at, int machine, Duration by) implements Disturbance {}
}
