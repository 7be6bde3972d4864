package io.raftless.connect.sink;

import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a partition goes on, from what its head has and what Kafka says. Checked in this
 * order:
 *
 * <pre>
 *   no position, or reset            start.position
 *   Kafka was not looked at          the position
 *   another topic id                 the topic was recreated: on.topic.recreated
 *   earliest offset after the next   records are gone: on.offsets.lost
 *   end before the next              the topic lost its end: on.offsets.lost
 *   else                             the position
 * </pre>
 *
 * Whoever goes on where offsets do not follow each other leaves a marker.
 */
public final class Resume {
  private static final String OR_SAY_WHERE =
      ", or say where to go on: alter or reset the offsets of the connector (PATCH or DELETE"
          + " /connectors/<name>/offsets, while it is stopped)";

  private Resume() {}

  /**
   * Decides.
   *
   * @param stored what the head has; null if nothing
   * @param view what Kafka says; null only if it is not looked at ({@code topic.checks=off})
   */
  public static Decision decide(
      TopicPartition partition,
      @Nullable StoredPosition stored,
      @Nullable BrokerView view,
      ResumePolicy policy) {
    if (stored == null || stored.isStartAnew()) {
      return start(partition, stored, view, policy.start());
    }
    if (view == null) {
      return new Decision.GoOn(stored.nextOffset(), stored);
    }
    if (isRecreated(stored, view)) {
      return recreated(partition, stored, view, policy.onTopicRecreated());
    }
    if (view.earliest() > stored.nextOffset()) {
      return gone(partition, stored, view, policy.onOffsetsLost());
    }
    if (stored.nextOffset() > view.latest()) {
      return truncated(partition, stored, view, policy.onOffsetsLost());
    }
    String topicId = view.topicId() == null ? stored.topicId() : view.topicId();
    return new Decision.GoOn(
        stored.nextOffset(), new StoredPosition(stored.nextOffset(), topicId, stored.markers()));
  }

  static boolean isRecreated(StoredPosition stored, BrokerView view) {
    return stored.topicId() != null
        && view.topicId() != null
        && !Objects.equals(stored.topicId(), view.topicId());
  }

  private static Decision start(
      TopicPartition partition,
      @Nullable StoredPosition stored,
      @Nullable BrokerView view,
      StartPosition start) {
    String topicId = view == null ? null : view.topicId();
    StoredPosition before =
        stored == null
            ? StoredPosition.at(StoredPosition.START_ANEW, topicId)
            : new StoredPosition(StoredPosition.START_ANEW, topicId, stored.markers());
    if (start == StartPosition.COMMITTED) {
      return new Decision.FollowConsumer(before);
    }
    if (start == StartPosition.LATEST) {
      if (view == null) {
        return new Decision.Fail(
            partition
                + " has no stored position, and start.position=latest has to ask Kafka where its"
                + " end is: set topic.checks=on, or another start.position");
      }
      return new Decision.GoOn(view.latest(), before.withNext(view.latest()));
    }
    // Without a look at Kafka: 0 is the earliest, or out of range, and then the consumer is reset
    // to the earliest by itself.
    long earliest = view == null ? 0 : view.earliest();
    return new Decision.GoOn(earliest, before.withNext(earliest));
  }

  private static Decision recreated(
      TopicPartition partition, StoredPosition stored, BrokerView view, OnTrouble policy) {
    if (policy == OnTrouble.CONTINUE) {
      return moved(stored, view.earliest(), view, StoredPosition.Kind.TOPIC_RECREATED);
    }
    return new Decision.Fail(
        "the topic of "
            + partition
            + " was deleted and created again: its id was "
            + stored.topicId()
            + " and is "
            + view.topicId()
            + ". The log has what was before offset "
            + stored.nextOffset()
            + " of the old topic. Set on.topic.recreated=continue to append the new topic from its"
            + " first record on"
            + OR_SAY_WHERE);
  }

  private static Decision gone(
      TopicPartition partition, StoredPosition stored, BrokerView view, OnTrouble policy) {
    if (policy == OnTrouble.CONTINUE) {
      return moved(stored, view.earliest(), view, StoredPosition.Kind.OFFSETS_LOST);
    }
    return new Decision.Fail(
        "the next record of "
            + partition
            + " is the one at offset "
            + stored.nextOffset()
            + ", and Kafka has none before "
            + view.earliest()
            + " any more: up to "
            + (view.earliest() - stored.nextOffset())
            + " records were deleted before they were written (look at the retention of the topic)."
            + " Set on.offsets.lost=continue to go on at "
            + view.earliest()
            + OR_SAY_WHERE);
  }

  private static Decision truncated(
      TopicPartition partition, StoredPosition stored, BrokerView view, OnTrouble policy) {
    if (policy == OnTrouble.CONTINUE) {
      return moved(stored, view.latest(), view, StoredPosition.Kind.OFFSETS_LOST);
    }
    return new Decision.Fail(
        "the next record of "
            + partition
            + " is the one at offset "
            + stored.nextOffset()
            + ", and Kafka's end is at "
            + view.latest()
            + ": Kafka lost records that are in the log already (an unclean leader election?), and"
            + " gives their offsets to others. Set on.offsets.lost=continue to go on at "
            + view.latest()
            + OR_SAY_WHERE);
  }

  private static Decision moved(
      StoredPosition stored, long offset, BrokerView view, StoredPosition.Kind why) {
    return new Decision.GoOn(offset, stored.movedTo(offset, view.topicId(), why));
  }
}
