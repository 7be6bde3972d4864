package io.raftless.connect.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which partitions a task reads. As text {@code log@incarnation:0-3,7;log@incarnation:1}, which
 * names of logs cannot be confused with.
 */
final class TaskAssignment {
  /** The option that a task finds its text in. */
  static final String OPTION = "task.partitions";

  private TaskAssignment() {}

  /**
   * Shares partitions out, so that tasks differ by one partition at most, of each log and in all.
   * Neighbouring partitions of a log go to the same task: what they have in one object it fetches
   * with one request. The same for the same input.
   *
   * @param logs in the order of their names
   * @return at most {@code maxTasks} shares, none of them empty
   */
  static List<List<SourcePartition>> share(List<FoundLog> logs, int maxTasks) {
    int all = logs.stream().mapToInt(log -> log.sourcePartitions().size()).sum();
    int tasks = Math.min(maxTasks, all);
    List<List<SourcePartition>> shares = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      shares.add(new ArrayList<>());
    }
    int turn = 0;
    for (FoundLog log : logs) {
      // Each task has as many of the log as it would get in turns, but side by side.
      List<SourcePartition> partitions = log.sourcePartitions();
      int given = 0;
      for (int i = 0; given < partitions.size(); i++) {
        int end = given + (partitions.size() - i + tasks - 1) / tasks;
        shares.get((turn + i) % tasks).addAll(partitions.subList(given, end));
        given = end;
      }
      turn += partitions.size();
    }
    return shares;
  }

  /** As text. */
  static String encode(List<SourcePartition> share) {
    Map<String, SortedSet<Integer>> byLog = new LinkedHashMap<>();
    for (SourcePartition partition : share) {
      byLog
          .computeIfAbsent(
              partition.log().name() + "@" + partition.incarnation(), log -> new TreeSet<>())
          .add(partition.partition());
    }
    List<String> logs = new ArrayList<>();
    byLog.forEach((log, partitions) -> logs.add(log + ":" + ranges(partitions)));
    return String.join(";", logs);
  }

  private static String ranges(SortedSet<Integer> partitions) {
    List<String> ranges = new ArrayList<>();
    int from = -1;
    int last = -1;
    for (int partition : partitions) {
      if (from >= 0 && partition == last + 1) {
        last = partition;
        continue;
      }
      if (from >= 0) {
        ranges.add(range(from, last));
      }
      from = partition;
      last = partition;
    }
    ranges.add(range(from, last));
    return String.join(",", ranges);
  }

  private static String range(int from, int last) {
    return from == last ? Integer.toString(from) : from + "-" + last;
  }

  /**
   * From text.
   *
   * @param prefix of the logs' keys
   * @throws IllegalArgumentException if {@link #encode} did not make it
   */
  static List<SourcePartition> decode(String prefix, String text) {
    List<SourcePartition> share = new ArrayList<>();
    for (String log : text.split(";", -1)) {
      int at = log.indexOf('@');
      int colon = log.indexOf(':', at + 1);
      if (at < 0 || colon < 0) {
        throw new IllegalArgumentException(
            OPTION + " '" + text + "' is not what the connector writes: restart it");
      }
      LogId id = LogId.of(prefix, log.substring(0, at));
      Incarnation incarnation = Incarnation.parse(log.substring(at + 1, colon));
      for (String range : log.substring(colon + 1).split(",", -1)) {
        int hyphen = range.indexOf('-');
        int from = Integer.parseInt(hyphen < 0 ? range : range.substring(0, hyphen));
        int last = hyphen < 0 ? from : Integer.parseInt(range.substring(hyphen + 1));
        for (int partition = from; partition <= last; partition++) {
          share.add(new SourcePartition(id, incarnation, partition));
        }
      }
    }
    return share;
  }
}
