package io.raftless.head;

import io.raftless.format.Origin;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The atomic unit of append: batches of one writer for one partition, with their preconditions and
 * the position to store with them.
 *
 * @param stream requests of one stream keep their order: after one of them failed, no later one of
 *     the same group commits
 * @param fencing the writer id and epoch to append with, or null to append without fencing
 * @param expectedNextOffset the offset that the first record must get, if given
 * @param batches in order; at least one
 * @param position to store for the writer id, at most {@value #MAX_POSITION} characters; null to
 *     leave it as it is
 * @param isFresh true if the labels never left the process that uploaded them and no attempt to
 *     append them was ever left undecided: then they cannot be in the index
 */
public record AppendRequest(
    Object stream,
    @Nullable Fencing fencing,
    OptionalLong expectedNextOffset,
    List<BatchRef> batches,
    @Nullable String position,
    boolean isFresh) {

  /** How long a position may be, in characters. */
  public static final int MAX_POSITION = 1_024;

  /**
   * The right to append as a writer id.
   *
   * @param writerId the stable name of the logical writer
   * @param epoch from its acquire
   */
  public record Fencing(String writerId, long epoch) {}

  public AppendRequest {
    batches = List.copyOf(batches);
    if (batches.isEmpty()) {
      throw new IllegalArgumentException("an append has at least one batch");
    }
    if (position != null && fencing == null) {
      throw new IllegalArgumentException(
          "a position belongs to a writer id: acquire one, or append without a position");
    }
    if (position != null && position.length() > MAX_POSITION) {
      throw new IllegalArgumentException(
          "the position has " + position.length() + " characters: use at most " + MAX_POSITION);
    }
    Set<Label> labels = new HashSet<>();
    for (BatchRef batch : batches) {
      if (!labels.add(batch.label())) {
        throw new IllegalArgumentException(
            "the label " + batch.label() + " is in the request twice");
      }
    }
  }

  /**
   * Under which writer id and epoch its batches are committed, if they are: the epoch is compared
   * with that of the head that is replaced, so it is the one that holds there. Null without a
   * writer id.
   */
  @Nullable Origin origin() {
    return fencing == null ? null : new Origin(fencing.writerId(), fencing.epoch());
  }

  /** The same request once an attempt at it was made and not answered with success. */
  AppendRequest attempted() {
    return isFresh
        ? new AppendRequest(stream, fencing, expectedNextOffset, batches, position, false)
        : this;
  }
}
