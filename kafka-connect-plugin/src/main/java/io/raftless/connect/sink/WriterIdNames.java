package io.raftless.connect.sink;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;

/**
 * What topic-partitions are called in the heads of logs: {@code
 * connect/<sink.id>/<topic>/<number>}.
 *
 * @param sinkId stays the same for as long as the sink lives
 */
public record WriterIdNames(String sinkId) {
  private static final String SINK_ID = "sink.id";
  private static final String START = "connect/";
  private static final int MAX_CHARACTERS = 200;

  public WriterIdNames {
    if (sinkId.isBlank() || sinkId.chars().anyMatch(Character::isISOControl)) {
      throw new ConfigException(
          SINK_ID, sinkId, "it is the name of the sink in the logs: give it some characters");
    }
  }

  /**
   * The writer id of a topic-partition.
   *
   * @throws ConfigException if it would be too long
   */
  public String of(String topic, int partition) {
    String writerId = prefix() + topic + "/" + partition;
    if (writerId.length() > MAX_CHARACTERS) {
      throw new ConfigException(
          SINK_ID,
          sinkId,
          "the writer id of partition "
              + partition
              + " of topic '"
              + topic
              + "' would be '"
              + writerId
              + "' with "
              + writerId.length()
              + " characters, and "
              + MAX_CHARACTERS
              + " is the most: set a shorter sink.id (it must not be changed once records are"
              + " written)");
    }
    return writerId;
  }

  /** The writer id of a topic-partition. */
  public String of(TopicPartition partition) {
    return of(partition.topic(), partition.partition());
  }

  /** What all writer ids of this sink begin with. */
  public String prefix() {
    return START + sinkId + "/";
  }

  /** The topic-partition of a writer id; empty if it is not one of this sink. */
  public Optional<TopicPartition> parse(String writerId) {
    if (!writerId.startsWith(prefix())) {
      return Optional.empty();
    }
    String rest = writerId.substring(prefix().length());
    int slash = rest.lastIndexOf('/');
    // A second slash is of a sink whose id begins like this one: topics have none.
    if (slash < 1 || rest.indexOf('/') != slash) {
      return Optional.empty();
    }
    String topic = rest.substring(0, slash);
    String number = rest.substring(slash + 1);
    if (!number.matches("0|[1-9][0-9]{0,8}")) {
      return Optional.empty();
    }
    return Optional.of(new TopicPartition(topic, Integer.parseInt(number)));
  }
}
