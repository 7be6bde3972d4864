package io.raftless.flink.table;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;

/** Offsets of partitions as options have them: {@code partition:0,offset:42;partition:1,…}. */
final class OffsetList {
  private static final Pattern ENTRY =
      Pattern.compile("\\s*partition\\s*:\\s*(\\d{1,9})\\s*,\\s*offset\\s*:\\s*(\\d{1,18})\\s*");

  private OffsetList() {}

  /** Reads the value of an option. */
  static Map<Integer, Long> parse(ConfigOption<String> option, String text) {
    Map<Integer, Long> offsets = new TreeMap<>();
    for (String entry : text.split(";", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      Matcher matcher = ENTRY.matcher(entry);
      if (!matcher.matches()) {
        throw Options.invalid(
            option, text, "write it as 'partition:0,offset:42;partition:1,offset:300'");
      }
      Long before = offsets.put(Integer.valueOf(matcher.group(1)), Long.valueOf(matcher.group(2)));
      if (before != null) {
        throw Options.invalid(
            option, text, "partition " + matcher.group(1) + " is named twice, name it once");
      }
    }
    if (offsets.isEmpty()) {
      throw Options.invalid(option, text, "name an offset for every partition of the log");
    }
    return offsets;
  }
}
