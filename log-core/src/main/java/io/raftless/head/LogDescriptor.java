package io.raftless.head;

import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;

/**
 * {@code log.json}: what is true of a log as a whole. Log-wide changes go here first and to the
 * heads second; a head that is missing is created from what this says (design §3).
 *
 * @param format version of the structure
 * @param incarnation of the log
 * @param version +1 with every write
 * @param lastWrite the label of the write that made this version
 * @param state whether appends are taken
 * @param partitions how many there are; never fewer than before
 * @param horizon the vacuum horizon that new heads start with
 */
public record LogDescriptor(
    int format,
    Incarnation incarnation,
    long version,
    Label lastWrite,
    LogState state,
    int partitions,
    Label horizon) {

  /** The newest structure that this program knows, and the one it writes. */
  public static final int FORMAT = 1;

  /** More would make log-wide operations unreasonably slow. */
  public static final int MAX_PARTITIONS = 10_000;

  public LogDescriptor {
    if (partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new FormatException(
          "a log has 1 to " + MAX_PARTITIONS + " partitions, not " + partitions);
    }
  }

  /** Of a log that does not exist yet. */
  public static LogDescriptor first(Incarnation incarnation, int partitions, Label write) {
    return new LogDescriptor(FORMAT, incarnation, 1, write, LogState.NEW, partitions, Label.ZERO);
  }

  LogDescriptor written(long newVersion, Label write) {
    return new LogDescriptor(FORMAT, incarnation, newVersion, write, state, partitions, horizon);
  }

  LogDescriptor withState(LogState newState) {
    return new LogDescriptor(
        format, incarnation, version, lastWrite, newState, partitions, horizon);
  }

  LogDescriptor withHorizon(Label newHorizon) {
    return new LogDescriptor(
        format, incarnation, version, lastWrite, state, partitions, newHorizon);
  }
}
