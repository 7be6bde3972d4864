package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FetchBudgetTest {
  private final FetchBudget budget = new FetchBudget(120);
  private final List<String> proceeded = new ArrayList<>();
  private final FetchBudget.Account one = open("one");
  private final FetchBudget.Account two = open("two");
  private final FetchBudget.Account three = open("three");

  private FetchBudget.Account open(String name) {
    return budget.open(() -> proceeded.add(name));
  }

  @Test
  void whoHasItsShareLeavesTheRestToThoseWhoAreShort() {
    two.expect(true);
    assertThat(one.tryTake(40)).isTrue();
    assertThat(one.tryTake(1)).isFalse();
    two.expect(false);
    assertThat(one.tryTake(80)).isTrue();
    assertThat(budget.free()).isZero();
  }

  @Test
  void aPartitionThatIsClosedHasNoShare() {
    three.close();
    two.expect(true);
    assertThat(one.tryTake(60)).isTrue();
    assertThat(one.tryTake(1)).isFalse();
  }

  @Test
  void nobodyWaitsForAPartitionThatIsClosed() {
    two.expect(true);
    two.close();
    assertThat(one.tryTake(100)).isTrue();
  }

  @Test
  void whoIsShortGoesOnFirst() {
    one.take(80);
    two.take(40);
    assertThat(one.tryTake(10)).isFalse();
    assertThat(three.tryTake(10)).isFalse();
    one.giveBack(20);
    budget.proceedWaiting();
    assertThat(proceeded).containsExactly("three", "one");
  }
}
