package io.raftless.connect.source;

import io.raftless.log.LogId;
import java.util.regex.Pattern;

/**
 * Which topic a log is read into.
 *
 * @param text a topic's name in which {@code ${log}} is the log's name and {@code ${prefix}} its
 *     key prefix; of the latter, what a topic's name cannot have becomes a hyphen
 */
record TopicFormat(String text) {
  private static final int LONGEST_TOPIC = 249;
  private static final String LOG = "${log}";
  private static final String PREFIX = "${prefix}";
  private static final Pattern NOT_IN_TOPICS = Pattern.compile("[^A-Za-z0-9._-]");

  TopicFormat {
    String fixed = text.replace(LOG, "").replace(PREFIX, "");
    if (text.isEmpty() || NOT_IN_TOPICS.matcher(fixed).find()) {
      throw new IllegalArgumentException(
          "use letters, digits, '.', '_', '-' and the variables " + LOG + " and " + PREFIX);
    }
  }

  /**
   * The topic of a log.
   *
   * @throws IllegalArgumentException if no topic can be called so
   */
  String topic(LogId log) {
    String prefix = NOT_IN_TOPICS.matcher(log.prefix()).replaceAll("-");
    String topic = text.replace(LOG, log.name()).replace(PREFIX, prefix);
    if (topic.length() > LONGEST_TOPIC
        || topic.isEmpty()
        || topic.equals(".")
        || topic.equals("..")) {
      throw new IllegalArgumentException(
          "the topic of log "
              + log
              + " would be '"
              + topic
              + "': topics have 1 to "
              + LONGEST_TOPIC
              + " characters and are not '.' or '..'");
    }
    return topic;
  }
}
