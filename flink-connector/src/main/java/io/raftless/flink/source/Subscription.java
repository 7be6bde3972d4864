package io.raftless.flink.source;

import io.raftless.log.LogId;
import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;

/** Which logs are read. */
sealed interface Subscription extends Serializable {

  /** Whether a log is one of them. */
  boolean contains(LogId log);

  /**
   * These logs, which must exist.
   *
   * @param logs at least one, none twice
   */
  record Listed(List<LogId> logs) implements Subscription {
    public Listed {
      logs = List.copyOf(logs);
      if (logs.isEmpty()) {
        throw new IllegalArgumentException("logs is empty: name at least one log");
      }
      if (new LinkedHashSet<>(logs).size() < logs.size()) {
        throw new IllegalArgumentException("logs " + logs + " names a log twice");
      }
    }

    @Override
    public boolean contains(LogId log) {
      return logs.contains(log);
    }

    @Override
    public String toString() {
      return logs.size() == 1 ? logs.get(0).toString() : logs.toString();
    }
  }

  /**
   * All logs directly below a prefix with matching names.
   *
   * @param prefix of keys, as in {@link LogId}
   * @param names must match all of a log's name
   */
  record Matching(String prefix, Pattern names) implements Subscription {
    public Matching {
      // Only to have the prefix checked.
      LogId.of(prefix, "log");
    }

    @Override
    public boolean contains(LogId log) {
      return log.prefix().equals(prefix) && names.matcher(log.name()).matches();
    }

    @Override
    public String toString() {
      return (prefix.isEmpty() ? "" : prefix + "/") + names.pattern();
    }
  }
}
