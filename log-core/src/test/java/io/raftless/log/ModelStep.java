package io.raftless.log;

import java.util.Random;

/**
 * One operation on a log, with its arguments as numbers that mean something only where it is done:
 * the choice among what is there then. So any list of steps can be done, also one that was shrunk.
 *
 * @param kind which operation
 * @param a usually of whom
 * @param b usually where
 * @param c usually what
 * @param d usually how
 */
record ModelStep(Kind kind, int a, int b, int c, int d) {
  static final int MOST = 999;

  /** Which operation, and how often it is chosen. */
  enum Kind {
    TICK(8),
    APPEND(14),
    APPEND_TOGETHER(14),
    BURST(12),
    FLUSH(6),
    GO_ON(5),
    NEW_WRITER(5),
    CLOSE_WRITER(2),
    STAGE(10),
    COMMIT(18),
    ACQUIRE(8),
    RELEASE(2),
    FORGET(2),
    STORE_POSITION(4),
    FENCE(2),
    UNFENCE(5),
    ADD_PARTITIONS(3),
    SETTINGS(2),
    REPLACE_SETTINGS(1),
    DELETE(1),
    CREATE(4),
    OPEN(2),
    CLOSE_LOG(1),
    TRIM(4),
    TRIM_TO_LATEST(1),
    TRIM_TO_TIME(3),
    RETAIN(4),
    COMPACT(14),
    VACUUM(6),
    GROUP_START(4),
    ACKNOWLEDGE(5),
    ADVANCE(4),
    RESET(3),
    DELETE_GROUP(1),
    LAG(1),
    READ(6),
    NEW_READER(2),
    POLL(10),
    SEEK(4),
    PAUSE(2),
    CLOSE_READER(1),
    OFFSET_AT(3),
    STATUS(2),
    DESCRIBE(2),
    LIST(1);

    private final int weight;

    Kind(int weight) {
      this.weight = weight;
    }

    int weight() {
      return weight;
    }
  }

  /** For what is too much to say in four numbers. */
  Random random() {
    return new Random(((a * 1_000L + b) * 1_000L + c) * 1_000L + d);
  }

  @Override
  public String toString() {
    return kind + "(" + a + "," + b + "," + c + "," + d + ")";
  }
}
