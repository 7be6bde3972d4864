package io.raftless.connect.sink;

import org.apache.kafka.common.TopicPartition;

/**
 * Whether an offset that is not the next one means something. Records that were filtered out or
 * compacted away and markers of transactions leave gaps that mean nothing. Kafka never deletes from
 * the middle: *because* of that, nothing was lost in a gap that begins at or after Kafka's earliest
 * offset, asked after the gap was seen.
 */
public final class GapCheck {
  private GapCheck() {}

  /** What a gap means. */
  public sealed interface Verdict {

    /** Nothing. */
    record Ordinary() implements Verdict {}

    /**
     * Records were lost, and that is allowed: go on with the record behind the gap, and store its
     * position with what this one remembers.
     *
     * @param position has the marker
     */
    record Lost(StoredPosition position) implements Verdict {}

    /**
     * The record behind the gap is of another topic of the same name, or of another history: drop
     * what is buffered behind it, store the position and rewind to it.
     */
    record Rewind(Decision.GoOn to) implements Verdict {}

    /** The task is to fail. */
    record Fail(String message) implements Verdict {}
  }

  /**
   * Judges a gap.
   *
   * @param before the position with the first offset of the gap as its next one, and an offset
   * @param seen the offset of the record that came instead; a smaller one is a gap, too
   * @param view what Kafka said after that record was read
   */
  public static Verdict judge(
      TopicPartition partition,
      StoredPosition before,
      long seen,
      BrokerView view,
      ResumePolicy policy) {
    Decision decision = Resume.decide(partition, before, view, policy);
    if (decision instanceof Decision.Fail fail) {
      return new Verdict.Fail(fail.message());
    }
    Decision.GoOn goOn = (Decision.GoOn) decision;
    if (Resume.isRecreated(before, view) || goOn.offset() < before.nextOffset()) {
      return new Verdict.Rewind(goOn);
    }
    if (goOn.offset() == before.nextOffset()) {
      return new Verdict.Ordinary();
    }
    return new Verdict.Lost(before.movedTo(seen, view.topicId(), StoredPosition.Kind.OFFSETS_LOST));
  }
}
