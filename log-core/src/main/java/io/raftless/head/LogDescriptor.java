package io.raftless.head;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code log.json}: what is true of a log as a whole. Log-wide changes go here first and to the
 * heads second; a head that is missing is created from what this says (design §3).
 *
 * @param format version of the structure
 * @param incarnation of the log
 * @param version +1 with every write, over all incarnations
 * @param lastWrite the label of the write that made this version
 * @param state whether appends are taken
 * @param partitions how many there are; never fewer than before
 * @param horizon the vacuum horizon that new heads start with
 * @param settings what its administrators chose
 * @param changes the labels of the last changes of state and settings in this incarnation: who was
 *     not answered finds out here whether its change was made
 */
public record LogDescriptor(
    int format,
    Incarnation incarnation,
    long version,
    Label lastWrite,
    LogState state,
    int partitions,
    Label horizon,
    @JsonInclude(JsonInclude.Include.NON_NULL) LogSettings settings,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Label> changes) {

  /** The newest structure that this program knows, and the one it writes. */
  public static final int FORMAT = 1;

  /** More would make log-wide operations unreasonably slow. */
  public static final int MAX_PARTITIONS = 10_000;

  /**
   * More changes than this between a write and the look at what became of it would make the answer
   * "overtaken" where it was "changed, then overtaken".
   */
  private static final int REMEMBERED_CHANGES = 16;

  public LogDescriptor {
    settings = settings == null ? LogSettings.DEFAULTS : settings;
    changes = changes == null ? List.of() : List.copyOf(changes);
    if (partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new FormatException(
          "a log has 1 to " + MAX_PARTITIONS + " partitions, not " + partitions);
    }
  }

  /** Of a log that does not exist yet. */
  public static LogDescriptor first(
      Incarnation incarnation, int partitions, LogSettings settings, Label write) {
    return new LogDescriptor(
        FORMAT, incarnation, 1, write, LogState.NEW, partitions, Label.ZERO, settings, List.of());
  }

  /** Of a log that does not exist yet, with the default settings. */
  public static LogDescriptor first(Incarnation incarnation, int partitions, Label write) {
    return first(incarnation, partitions, LogSettings.DEFAULTS, write);
  }

  LogDescriptor written(long newVersion, Label write) {
    return new LogDescriptor(
        FORMAT, incarnation, newVersion, write, state, partitions, horizon, settings, changes);
  }

  LogDescriptor withState(LogState newState) {
    return new LogDescriptor(
        format, incarnation, version, lastWrite, newState, partitions, horizon, settings, changes);
  }

  LogDescriptor withPartitions(int total) {
    return new LogDescriptor(
        format, incarnation, version, lastWrite, state, total, horizon, settings, changes);
  }

  LogDescriptor withSettings(LogSettings newSettings) {
    return new LogDescriptor(
        format, incarnation, version, lastWrite, state, partitions, horizon, newSettings, changes);
  }

  /** Remembers that a change was made. */
  LogDescriptor withChange(Label change) {
    List<Label> all = new ArrayList<>(changes);
    all.add(change);
    int from = Math.max(0, all.size() - REMEMBERED_CHANGES);
    return new LogDescriptor(
        format,
        incarnation,
        version,
        lastWrite,
        state,
        partitions,
        horizon,
        settings,
        all.subList(from, all.size()));
  }

  /** Whether a change that landed on that version would still be remembered. */
  boolean wouldRemember(long attemptedOn) {
    return version - attemptedOn <= REMEMBERED_CHANGES;
  }

  LogDescriptor withHorizon(Label newHorizon) {
    return new LogDescriptor(
        format, incarnation, version, lastWrite, state, partitions, newHorizon, settings, changes);
  }
}
