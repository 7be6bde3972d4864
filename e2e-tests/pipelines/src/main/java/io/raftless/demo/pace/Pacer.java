package io.raftless.demo.pace;

import io.raftless.demo.failure.FailurePlan;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Decides when the source may hand out its next line. One object for all attempts of a job; the
 * thread of the source calls it, and whoever shows the progress.
 */
public final class Pacer {
  private final FailurePlan plan;
  private final double linesPerNano;
  private final LongSupplier nanoClock;

  /** Guarded by this. */
  private long nextLine;

  /** Guarded by this. The first line of the running attempt, and when it began. */
  private long firstLine;

  /** Guarded by this. */
  private long startNanos;

  private volatile long mostLines;

  /**
   * Makes a pacer.
   *
   * @param lines how many there are
   * @param atLeast how long it takes to hand out all of them, not counting restarts
   */
  public Pacer(FailurePlan plan, long lines, Duration atLeast) {
    this(plan, lines, atLeast, System::nanoTime);
  }

  Pacer(FailurePlan plan, long lines, Duration atLeast, LongSupplier nanoClock) {
    this.plan = plan;
    this.linesPerNano = (double) lines / Math.max(1, atLeast.toNanos());
    this.nanoClock = nanoClock;
  }

  /** The source begins, or begins again, with this line. */
  synchronized void begin(long line) {
    firstLine = line;
    nextLine = line;
    startNanos = nanoClock.getAsLong();
  }

  /** The source has handed out a line. */
  synchronized void emitted(long line) {
    nextLine = line + 1;
    mostLines = Math.max(mostLines, nextLine);
  }

  /** A checkpoint completed, as a task of this attempt was told. */
  void checkpointCompleted(int attempt) {
    plan.checkpointCompleted(attempt);
  }

  /** Whether the source may hand out its next line now. */
  synchronized boolean mayEmit() {
    double due = (nanoClock.getAsLong() - startNanos) * linesPerNano;
    return nextLine - firstLine <= due && !plan.holds(nextLine);
  }

  /** How many lines were handed out at least once. */
  public long mostLines() {
    return mostLines;
  }
}
