package io.raftless.connect.sink;

import org.jspecify.annotations.Nullable;

/**
 * What is to become of one writer id in one head.
 *
 * @param target which head
 * @param writerId whose position
 * @param nextOffset to go on at; {@link StoredPosition#START_ANEW} to reset it
 * @param topicId of the topic that the offset is of; null if it is not known
 */
record OffsetChange(LogTarget target, String writerId, long nextOffset, @Nullable String topicId) {

  boolean isReset() {
    return nextOffset == StoredPosition.START_ANEW;
  }
}
