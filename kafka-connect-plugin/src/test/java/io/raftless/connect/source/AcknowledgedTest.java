package io.raftless.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AcknowledgedTest {
  @Test
  void whateverTheOrderOnlyWhatHasNoGapBeforeItCounts() {
    for (int seed = 0; seed < 50; seed++) {
      List<Integer> order = IntStream.range(10, 40).boxed().collect(Collectors.toList());
      Collections.shuffle(order, new Random(seed));
      Acknowledged acknowledged = new Acknowledged(10);
      boolean[] isThere = new boolean[41];
      for (int offset : order) {
        acknowledged.record(offset);
        isThere[offset] = true;
        int gap = 10;
        while (isThere[gap]) {
          gap++;
        }
        assertThat(acknowledged.next()).isEqualTo(gap);
      }
      assertThat(acknowledged.next()).isEqualTo(40);
    }
  }

  @Test
  void aStretchThatIsNotThereIsPassedOnceEverythingBeforeItIs() {
    Acknowledged acknowledged = new Acknowledged(0);
    acknowledged.stretch(2, 100);
    acknowledged.record(100);
    acknowledged.record(1);
    assertThat(acknowledged.next()).isZero();
    acknowledged.record(0);
    assertThat(acknowledged.next()).isEqualTo(101);
    acknowledged.record(50);
    assertThat(acknowledged.next()).isEqualTo(101);
  }
}
