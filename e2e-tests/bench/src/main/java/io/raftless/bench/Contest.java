package io.raftless.bench;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is measured against what.
 *
 * @param contestants each is measured once in every round, in an order that changes from round to
 *     round; names differ
 * @param targets what is promised of them
 */
public record Contest(List<Contestant> contestants, List<Target> targets) {
  public Contest {
    contestants = List.copyOf(contestants);
    targets = List.copyOf(targets);
    Set<String> names = new HashSet<>();
    for (Contestant contestant : contestants) {
      if (!names.add(contestant.name())) {
        throw new IllegalArgumentException("two contestants are called " + contestant.name());
      }
    }
    for (Target target : targets) {
      if (!names.contains(target.subject())
          || (target.yardstick() != null && !names.contains(target.yardstick()))) {
        throw new IllegalArgumentException("a target names who does not take part: " + target);
      }
    }
  }
}
