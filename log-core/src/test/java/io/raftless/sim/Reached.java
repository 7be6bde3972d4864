package io.raftless.sim;

import java.util.Map;
import java.util.TreeMap;

/** What runs came to: a simulation that never gets somewhere proves nothing about it. */
final class Reached {
  private final Map<String, Long> counts = new TreeMap<>();

  void add(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  void addAll(Reached other) {
    other.counts.forEach((what, count) -> counts.merge(what, count, Long::sum));
  }

  long count(String what) {
    return counts.getOrDefault(what, 0L);
  }

  Map<String, Long> counts() {
    return counts;
  }
}
