package io.raftless.connect.sink;

import org.jspecify.annotations.Nullable;

/**
 * What Kafka said of a topic-partition when it was asked.
 *
 * @param topicId of the topic; another one if it was deleted and created again. Null if the broker
 *     knows no topic ids
 * @param earliest offset that can be read
 * @param latest the end: the offset that the next record gets
 */
public record BrokerView(@Nullable String topicId, long earliest, long latest) {
  public BrokerView {
    if (earliest < 0 || latest < earliest) {
      throw new IllegalArgumentException("earliest offset " + earliest + ", latest " + latest);
    }
  }
}
