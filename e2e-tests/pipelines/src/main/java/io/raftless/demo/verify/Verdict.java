package io.raftless.demo.verify;

/**
 * What the comparison found.
 *
 * @param recordsIn lines of the input
 * @param recordsOut records of the log
 * @param lost lines that are not in the log
 * @param duplicated records beyond the first of their line
 * @param altered records with another key or value than their line has, or of no line at all
 * @param outOfOrder records that come after a later line of their key, or in another partition
 */
public record Verdict(
    long recordsIn, long recordsOut, long lost, long duplicated, long altered, long outOfOrder) {

  /** Whether every line is there, once, unaltered and in its place. */
  public boolean isExactlyOnce() {
    return recordsIn == recordsOut
        && lost == 0
        && duplicated == 0
        && altered == 0
        && outOfOrder == 0;
  }
}
