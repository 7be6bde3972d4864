package io.raftless.maintenance;

import java.util.OptionalInt;

/**
 * What to verify, and how thoroughly.
 *
 * @param mode whether records are read
 * @param partition the only one to verify; empty for all of them
 * @param from the first offset to verify, ≥ 0
 * @param to the offset after the last one to verify
 * @param areLabelsChecked whether to prove that no batch is in a partition twice: takes about 40
 *     bytes of memory for each batch of the partition
 * @param maxFindings how many to describe, ≥ 1; more are only counted
 */
public record VerifyOptions(
    Mode mode,
    OptionalInt partition,
    long from,
    long to,
    boolean areLabelsChecked,
    int maxFindings) {
  private static final int DEFAULT_FINDINGS = 1_000;

  /** How thoroughly. */
  public enum Mode {
    /** Every byte that can be read is read and checked. */
    FULL,
    /** The index is checked as in {@link #FULL}; of the data, only that it is there. */
    QUICK
  }

  public VerifyOptions {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          "offsets " + from + " to " + to + ": choose 0 <= from <= to");
    }
    if (maxFindings < 1) {
      throw new IllegalArgumentException("maxFindings " + maxFindings + ": choose at least 1");
    }
  }

  /** All of a log, and every byte of it. */
  public static VerifyOptions full() {
    return new VerifyOptions(
        Mode.FULL, OptionalInt.empty(), 0, Long.MAX_VALUE, true, DEFAULT_FINDINGS);
  }

  /** The index of all of a log, and that the data is there. */
  public static VerifyOptions quick() {
    return new VerifyOptions(
        Mode.QUICK, OptionalInt.empty(), 0, Long.MAX_VALUE, true, DEFAULT_FINDINGS);
  }

  /** The same for one partition only. */
  public VerifyOptions ofPartition(int number) {
    return new VerifyOptions(mode, OptionalInt.of(number), from, to, areLabelsChecked, maxFindings);
  }

  /** The same for the batches and segments that have offsets in a range only. */
  public VerifyOptions ofOffsets(long first, long end) {
    return new VerifyOptions(mode, partition, first, end, areLabelsChecked, maxFindings);
  }

  /** The same without looking for batches that are there twice. */
  public VerifyOptions withoutLabels() {
    return new VerifyOptions(mode, partition, from, to, false, maxFindings);
  }
}
