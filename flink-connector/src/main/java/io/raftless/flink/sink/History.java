package io.raftless.flink.sink;

import io.raftless.id.Incarnation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Where the state of a sink comes from: which log it belongs to, and which submissions led to it,
 * each up to the checkpoint from which the next one was restored. It is what tells a rewind from a
 * restart: checkpoint ids alone do not, since two branches of one history count alike.
 *
 * @param incarnation of the log
 * @param ancestors the oldest first, at most {@value #MAX_ANCESTORS}; the last is the submission
 *     that wrote the state
 */
record History(Incarnation incarnation, List<Ancestor> ancestors) {
  private static final int MAX_ANCESTORS = 1_000;

  /**
   * A submission in the history of a state.
   *
   * @param submissionId which
   * @param lastCheckpointId up to which of its checkpoints, inclusive, it belongs to the history;
   *     {@link #UNLIMITED} for the one that wrote the state
   */
  record Ancestor(String submissionId, long lastCheckpointId) {
    static final long UNLIMITED = Long.MAX_VALUE;
  }

  History {
    if (ancestors.isEmpty()) {
      throw new IllegalArgumentException("a history without a submission");
    }
    ancestors =
        List.copyOf(
            ancestors.subList(Math.max(0, ancestors.size() - MAX_ANCESTORS), ancestors.size()));
  }

  /** The history of a submission that started without state. */
  static History beginning(Incarnation incarnation, String submissionId) {
    return new History(incarnation, List.of(new Ancestor(submissionId, Ancestor.UNLIMITED)));
  }

  /**
   * The one that knows most. Histories in one state are ends of one and the same: a writer that was
   * added by a rescale, and got no state, only knows of the submission that added it.
   */
  static History longest(Collection<History> histories) {
    return histories.stream()
        .max(Comparator.comparingInt(history -> history.ancestors().size()))
        .orElseThrow(() -> new IllegalArgumentException("no histories"));
  }

  /** The history of a submission that is restored from a state of this one. */
  History restoredBy(String submissionId, long checkpointId) {
    if (current().equals(submissionId)) {
      return this;
    }
    List<Ancestor> longer = new ArrayList<>(ancestors.subList(0, ancestors.size() - 1));
    longer.add(new Ancestor(current(), checkpointId));
    longer.add(new Ancestor(submissionId, Ancestor.UNLIMITED));
    return new History(incarnation, longer);
  }

  /** The submission that wrote the state. */
  String current() {
    return ancestors.get(ancestors.size() - 1).submissionId();
  }

  /**
   * Whether the commit that a position tells of belongs to this history, or was accepted by it.
   *
   * @param checkpointId with which the history ends, of the submission that wrote the state
   */
  boolean knows(SinkPosition position, long checkpointId) {
    return ancestors.stream().anyMatch(ancestor -> knows(ancestor, position, checkpointId));
  }

  private static boolean knows(Ancestor ancestor, SinkPosition position, long checkpointId) {
    long last =
        ancestor.lastCheckpointId() == Ancestor.UNLIMITED
            ? checkpointId
            : ancestor.lastCheckpointId();
    return ancestor.submissionId().equals(position.acceptedBy())
        || (ancestor.submissionId().equals(position.submission()) && position.checkpoint() <= last);
  }
}
