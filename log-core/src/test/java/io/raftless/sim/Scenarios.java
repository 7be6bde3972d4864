package io.raftless.sim;

import io.raftless.index.IndexShape;
import io.raftless.sim.Scenario.Actor;
import java.time.Duration;
import java.util.List;

final class Scenarios {
  static final IndexShape SMALL = new IndexShape(2, 2, 3);

  static List<Scenario> all(String[] names) {
    List<Step> batches = List.of(new Step.AppendTogether(0, 2, false), new Step.Flush(), new Step.AppendTogether(0, 1, false), new Step.Flush(), new Step.AppendTogether(0, 1, false), new Step.Flush());
    List<Scenario> all = List.of(
      Scenario.of("a1", SMALL, batches, Actor.of("writer0", new Step.AppendTogether(0, 1, false)), Actor.of("writer1", new Step.AppendTogether(0, 2, false))),
      Scenario.of("a2", SMALL, batches, Actor.of("writer0", new Step.AppendTogether(0, 1, false), new Step.Flush(), new Step.AppendTogether(0, 1, false)), Actor.of("writer1", new Step.AppendTogether(0, 2, false), new Step.Flush(), new Step.AppendTogether(0, 1, false))),
      Scenario.of("c", SMALL, batches, Actor.of("writer", new Step.AppendTogether(0, 1, false)), Actor.of("compactor", new Step.Compact(0)), Actor.of("reader", new Step.Read(0, 3, true))),
      Scenario.of("d", SMALL, batches, Actor.of("writer", new Step.AppendTogether(0, 1, false)), Actor.of("compactor", new Step.Compact(0)), Actor.of("vacuum", new Step.Vacuum(Duration.ZERO)).ahead(Duration.ofSeconds(1)), Actor.of("reader", new Step.Read(0, 3, true)))
    );
    return all.stream().filter(s -> names.length == 0 || List.of(names).contains(s.name())).toList();
  }
}
