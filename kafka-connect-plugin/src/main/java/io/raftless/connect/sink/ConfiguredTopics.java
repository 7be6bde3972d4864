package io.raftless.connect.sink;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The topics that a connector was told to read, by Connect's own options.
 *
 * @param names of topics, if they were listed
 * @param regex that names match, if one was given
 */
record ConfiguredTopics(List<String> names, @Nullable Pattern regex) {
  static final String TOPICS = "topics";
  static final String TOPICS_REGEX = "topics.regex";

  ConfiguredTopics {
    names = List.copyOf(names);
  }

  /**
   * Reads the options.
   *
   * @throws java.util.regex.PatternSyntaxException if the expression is none
   */
  static ConfiguredTopics of(Map<String, String> options) {
    String list = options.get(TOPICS);
    String regex = options.get(TOPICS_REGEX);
    return new ConfiguredTopics(
        list == null
            ? List.of()
            : Arrays.stream(list.split(","))
                .map(String::trim)
                .filter(topic -> !topic.isEmpty())
                .toList(),
        regex == null || regex.isBlank() ? null : Pattern.compile(regex));
  }

  /** Whether a topic is one of them. */
  boolean has(String topic) {
    return names.contains(topic) || (regex != null && regex.matcher(topic).matches());
  }

  @Override
  public String toString() {
    return regex == null ? TOPICS + "=" + String.join(",", names) : TOPICS_REGEX + "=" + regex;
  }
}
