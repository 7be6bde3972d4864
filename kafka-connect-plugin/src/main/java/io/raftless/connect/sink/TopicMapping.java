package io.raftless.connect.sink;

import io.raftless.id.Name;
import io.raftless.log.LogId;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;

/**
 * Where topic-partitions are written: a function of the topic and the partition that a record comes
 * from, and of nothing that changes.
 *
 * @param prefix of the keys of all logs
 * @param nameFormat the name of a log, with {@value #TOPIC} for the topic
 * @param topicToLog names of logs by topic; they win
 * @param partitions how partitions are mapped
 * @param logPartitions of a log that is created, and the divisor of {@link Partitions#MODULO}; 0 if
 *     nothing was said, which that one does not take
 * @param creates whether a log that is missing is created
 * @param grows whether partitions that are missing are added; with {@link Partitions#SAME} only
 */
public record TopicMapping(
    String prefix,
    String nameFormat,
    Map<String, String> topicToLog,
    Partitions partitions,
    int logPartitions,
    boolean creates,
    boolean grows) {
  static final String NAME_FORMAT = "log.name.format";
  static final String TOPIC_TO_LOG = "topic.to.log";
  static final String LOG_PARTITIONS = "log.partitions";

  /** What stands for the topic in {@link #nameFormat}. */
  public static final String TOPIC = "${topic}";

  /** How partitions of topics are mapped to partitions of logs. */
  public enum Partitions {
    /** To the one of the same number. */
    SAME,
    /** To the number modulo the number that was configured, however the log grows. */
    MODULO
  }

  public TopicMapping {
    topicToLog = Map.copyOf(topicToLog);
    if (partitions == Partitions.MODULO && logPartitions < 1) {
      throw new ConfigException(
          LOG_PARTITIONS,
          null,
          "log.partition.mapping=modulo divides by it: set it, and never change it again");
    }
  }

  /** Same name, same partition; logs are created and grown. */
  public static TopicMapping sameNames(String prefix) {
    return new TopicMapping(prefix, TOPIC, Map.of(), Partitions.SAME, 0, true, true);
  }

  /**
   * The log of a topic.
   *
   * @throws ConfigException if what the options make of it cannot be the name of a log
   */
  public LogId log(String topic) {
    String name = topicToLog.get(topic);
    if (name == null) {
      name = nameFormat.replace(TOPIC, topic);
      if (!Name.isName(name)) {
        throw new ConfigException(
            NAME_FORMAT,
            nameFormat,
            "it makes '"
                + name
                + "' of topic '"
                + topic
                + "', and the name of a log is 1 to 200 letters, digits, '.', '_' or '-', starting"
                + " with a letter or digit: name a log for it in "
                + TOPIC_TO_LOG
                + ", like "
                + topic
                + ":some-log");
      }
    }
    return LogId.of(prefix, name);
  }

  /**
   * Where a topic-partition is written.
   *
   * @throws ConfigException like {@link #log}
   */
  public LogTarget target(String topic, int partition) {
    return new LogTarget(log(topic), logPartition(partition));
  }

  /** The same. */
  public LogTarget target(TopicPartition partition) {
    return target(partition.topic(), partition.partition());
  }

  private int logPartition(int partition) {
    return partitions == Partitions.MODULO ? partition % logPartitions : partition;
  }

  /** Whether any topic could be written to a log of this name. */
  public boolean mayReach(String logName) {
    if (topicToLog.containsValue(logName)) {
      return true;
    }
    int at = nameFormat.indexOf(TOPIC);
    if (at < 0) {
      return logName.equals(nameFormat);
    }
    String before = nameFormat.substring(0, at);
    String after = nameFormat.substring(nameFormat.lastIndexOf(TOPIC) + TOPIC.length());
    return logName.startsWith(before) && logName.endsWith(after);
  }

  /**
   * How many partitions a log gets when it is created.
   *
   * @param highest number of a partition of the log that is needed now
   * @param inKafka how many partitions the topic has, if that is known
   */
  public int partitionsOfNewLog(int highest, OptionalInt inKafka) {
    if (logPartitions > 0 && (partitions == Partitions.MODULO || !grows)) {
      return logPartitions;
    }
    int needed = Math.max(highest + 1, inKafka.orElse(0));
    return Math.max(logPartitions, needed);
  }

  /** Whether a log with too few partitions gets more. */
  public boolean mayGrow() {
    return grows && partitions == Partitions.SAME;
  }
}
