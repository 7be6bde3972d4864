package io.raftless.demo.failure;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which failures strike, in which order, and when. One object for all attempts of all tasks of a
 * job.
 *
 * <pre>
 * state              | event                              | next state
 * -------------------+------------------------------------+--------------------------------------
 * waiting for n      | a checkpoint of an attempt that    | armed with n
 *                    | began after failure n-1 completed  |
 * armed with n       | a task asks {@link #strikes} for   | waiting for n+1; that task dies
 *                    | the kind of n                      |
 * all struck         | nothing more                       |
 * </pre>
 *
 * <p>Nothing is left to timing: the input is cut into one stage more than there are failures, and
 * the last line of a stage is held back ({@link #holds}) until the stage's failure is armed. So
 * there always is a record to die on, and something to commit.
 *
 * <p>Safe for use by many threads.
 */
public final class FailurePlan {
  private final long lines;
  private final int failures;
  private final HeadWrites headWrites = new HeadWrites();

  /** Guarded by this. What struck, for people. */
  private final List<String> reports = new ArrayList<>();

  /** Written under the lock of this. */
  private volatile int struck;

  /** The kind that is armed, if one is. Written under the lock of this. */
  private volatile @Nullable FailureKind armed;

  /**
   * Plans.
   *
   * @param lines how many lines the input has
   * @param failures how many failures are to strike; fewer than there are lines
   */
  public FailurePlan(long lines, int failures) {
    if (failures < 0 || failures >= Math.max(1, lines)) {
      throw new IllegalArgumentException(
          failures + " failures do not fit into " + lines + " lines");
    }
    this.lines = lines;
    this.failures = failures;
  }

  /** Whether the source must not hand out this line yet. */
  public boolean holds(long line) {
    int stage = struck;
    if (stage == failures) {
      return false;
    }
    return line >= lastLineOf(armed == null ? stage : stage + 1);
  }

  /** The last line of a stage; the stage after the last failure has one as well. */
  private long lastLineOf(int stage) {
    return lines * (stage + 1) / (failures + 1) - 1;
  }

  /**
   * A checkpoint completed.
   *
   * @param attempt of the task that was told; every restart makes it one larger
   */
  public synchronized void checkpointCompleted(int attempt) {
    // An attempt that a failure has ended may still hear of its last checkpoint.
    boolean attemptIsOver = attempt < struck;
    if (struck < failures && !attemptIsOver) {
      armed = FailureKind.ofIndex(struck);
    }
  }

  /** Whether a failure of this kind strikes now: if so, the caller must die of it. */
  boolean strikes(FailureKind kind) {
    return armed == kind && take(kind);
  }

  private synchronized boolean take(FailureKind kind) {
    if (armed != kind) {
      return false;
    }
    armed = null;
    struck++;
    return true;
  }

  /** Makes what the caller of {@link #strikes} dies of, and remembers it for {@link #reports}. */
  synchronized InjectedFailure failure(String what) {
    reports.add(what);
    return new InjectedFailure(what);
  }

  /** How many failures struck. */
  public int struck() {
    return struck;
  }

  /** How many failures were asked for. */
  public int planned() {
    return failures;
  }

  /** What struck, one line each, in order. */
  public synchronized List<String> reports() {
    return List.copyOf(reports);
  }

  HeadWrites headWrites() {
    return headWrites;
  }
}
