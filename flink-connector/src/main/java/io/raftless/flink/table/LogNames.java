package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.LOG;
import static io.raftless.flink.table.RaftlessConnectorOptions.PREFIX;

import io.raftless.id.Name;
import io.raftless.log.LogId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ReadableConfig;

/** Which logs the options name. */
final class LogNames {
  private LogNames() {}

  /** All that are listed; none if the option is not set. */
  static List<LogId> listed(ReadableConfig options) {
    String prefix = options.get(PREFIX);
    List<String> names = options.getOptional(LOG).orElse(List.of());
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw Options.invalid(
            LOG, String.join(";", names), "'" + name + "' is named twice, name it once");
      }
    }
    requirePrefix(prefix);
    return names.stream()
        .map(name -> Options.checked(LOG, List.of(name), unused -> LogId.of(prefix, name)))
        .toList();
  }

  /** Checks a key prefix by itself, so that the message blames the right option. */
  static void requirePrefix(String prefix) {
    LogId unused = Options.checked(PREFIX, prefix, value -> LogId.of(value, "any"));
  }

  /** Checks the name of a group. */
  static String requireGroup(String name) {
    return Name.require("group name", name);
  }
}
