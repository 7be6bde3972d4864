package io.raftless.sim;

import io.raftless.index.IndexShape;
import io.raftless.sim.Scenario.Actor;
import java.time.Duration;
import java.util.List;

final class Scenarios {
  /** Levels and nodes of two or three: three batches are an index of two levels. */
  static final IndexShape SMALL = new IndexShape(2, 2, 3);

  private static final Step FLUSH = new Step.Flush();
  private static final Step COMPACT = new Step.Compact(0);
  private static final Duration AHEAD = Duration.ofSeconds(1);

  private static Step append(int records) { return new Step.AppendTogether(0, records, false); }
  private static Step vacuum() { return new Step.Vacuum(Duration.ZERO); }
  private static Step commit() { return new Step.Commit(0, false); }
  private static final List<Step> BATCHES = List.of(append(2), FLUSH, append(1), FLUSH, append(1), FLUSH);
  private static final List<Step> COMPACTED = List.of(append(2), FLUSH, append(1), FLUSH, COMPACT, append(1), FLUSH);
  private static final List<Step> STAGED = List.of(append(2), FLUSH, new Step.Stage(List.of(0), 1), append(1), FLUSH, append(1), FLUSH);
  private static final List<Step> COMMITTED = List.of(new Step.Stage(List.of(0), 2), commit(), append(1), FLUSH);

  static List<Scenario> all(String[] names) {
    Scenario a1 = Scenario.of("a1", SMALL, BATCHES, Actor.of("writer0", append(1)), Actor.of("writer1", append(2)));
    Scenario a2 = Scenario.of("a2", SMALL, BATCHES, Actor.of("writer0", append(1), FLUSH, append(1)), Actor.of("writer1", append(2), FLUSH, append(1)));
    Scenario a3 = Scenario.of("a3", SMALL, BATCHES, Actor.of("writer0", append(1), append(1)), Actor.of("writer1", append(2), append(1))).inAnyOrder();
    Scenario b = Scenario.of("b", SMALL, BATCHES, Actor.of("old", append(1), FLUSH, append(1)).after(new Step.Look(0), new Step.Acquire("alpha")), Actor.of("new", new Step.Acquire("alpha"), append(1)));
    Scenario c = Scenario.of("c", SMALL, BATCHES, Actor.of("writer", append(1)), Actor.of("compactor", COMPACT), Actor.of("reader", new Step.Read(0, 3, true)));
    Scenario d = Scenario.of("d", SMALL, BATCHES, Actor.of("writer", append(1)), Actor.of("compactor", COMPACT), Actor.of("vacuum", vacuum()).ahead(AHEAD), Actor.of("reader", new Step.Read(0, 3, true)));
    Scenario e = Scenario.of("e", SMALL, STAGED, Actor.of("one", commit()), Actor.of("other", commit()), Actor.of("admin", new Step.Fence(), new Step.Unfence()));
    Scenario f0 = Scenario.of("f0", SMALL, List.of(append(1), FLUSH), Actor.of("writer0", append(1)), Actor.of("writer1", append(1)), Actor.of("compactor", COMPACT), Actor.of("vacuum", vacuum()).ahead(AHEAD), Actor.of("reader", new Step.Read(0, 1, true)));
    Scenario f1 = Scenario.of("f1", SMALL, COMPACTED, Actor.of("writer0", append(1)), Actor.of("writer1", append(1)), Actor.of("compactor", COMPACT), Actor.of("vacuum", vacuum()).ahead(AHEAD), Actor.of("reader", new Step.Read(0, 1, true)));
    Scenario h = Scenario.of("h", SMALL, COMMITTED, Actor.of("trimmer", new Step.Trim(0, 100)), Actor.of("compactor", COMPACT), Actor.of("vacuum", vacuum()).ahead(AHEAD), Actor.of("committer", commit()));
    Mishap[] lost = {Mishap.ANSWER_LOST, Mishap.LANDS_LATE, Mishap.CONFLICT_FOR_NOTHING, Mishap.CONFLICT_BUT_APPLIED};
    Mishap[] crash = {Mishap.CRASH_AFTER, Mishap.CRASH_AND_LANDS_LATE};
    List<Scenario> all = List.of(a1, a2, a3, b, c, d, e, f0, f1, h,
      a1.named("ga1").withOne(lost), a2.named("ga2").withOne(lost), b.named("gb").withOne(lost), e.named("ge").withOne(lost),
      a2.named("gca2").withOne(crash).withRestarts(), b.named("gcb").withOne(crash).withRestarts(), e.named("gce").withOne(crash).withRestarts());
    return all.stream().filter(s -> names.length == 0 || List.of(names).contains(s.name())).toList();
  }
}
