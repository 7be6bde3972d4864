package io.raftless.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.time.Clock;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LabelSetTest {

  @Test
  void itHoldsWhatWasAddedOnceAndNothingElse() {
    LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));
    LabelSet set = new LabelSet();
    Set<Label> added = new HashSet<>();
    Set<Label> others = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      Label label = labels.next();
      (i % 2 == 0 ? added : others).add(label);
    }
    added.forEach(set::add);
    added.forEach(set::add);
    assertThat(set.size()).isEqualTo(added.size());
    assertThat(added).allMatch(set::contains);
    assertThat(others).noneMatch(set::contains);
    assertThat(set.contains(Label.ZERO)).isFalse();
  }
}
