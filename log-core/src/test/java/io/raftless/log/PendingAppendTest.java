package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PendingAppendTest {
  private final PendingAppend append =
      new PendingAppend(new AppendStream(null), AppendConditions.NONE);

  @Test
  void recordsHearTheirOffsetsInTheirOrder() {
    List<CompletableFuture<Long>> offsets = offsets(1000);
    List<Long> heard = new ArrayList<>();
    for (CompletableFuture<Long> offset : offsets) {
      var unused = offset.thenAccept(heard::add);
    }
    append.succeed(List.of(70L));
    assertThat(heard).hasSize(1000).startsWith(70L, 71L).endsWith(1069L).isSorted();
    assertThat(offsets.get(999).join()).isEqualTo(1069);
  }

  @Test
  void allOfThemHearOfTheFailure() {
    List<CompletableFuture<Long>> offsets = offsets(3);
    IllegalStateException cause = new IllegalStateException("so it is");
    append.fail(cause);
    assertThat(offsets).allSatisfy(offset -> assertThatThrownBy(offset::join).hasRootCause(cause));
  }

  @Test
  void aRecordThatIsAddedAfterItWasToldHearsTheSame() {
    CompletableFuture<Long> first = append.offset(0);
    append.succeed(List.of(5L));
    assertThat(append.offset(1)).isCompletedWithValue(6L);
    assertThat(first).isCompletedWithValue(5L);
  }

  @Test
  void placesFollowOneAnother() {
    var unused = append.offset(0);
    assertThatThrownBy(() -> append.offset(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("place 2 after 1");
  }

  @Test
  void whoKeepsTheOffsetOfOneRecordDoesNotKeepThoseAfterIt() {
    CompletableFuture<Long> kept = append.offset(0);
    WeakReference<CompletableFuture<Long>> after = new WeakReference<>(append.offset(1));
    append.succeed(List.of(0L));
    // A collector need not clear it the first time.
    while (after.get() != null && !Thread.currentThread().isInterrupted()) {
      System.gc();
    }
    assertThat(after.get()).isNull();
    assertThat(kept).isCompletedWithValue(0L);
  }

  private List<CompletableFuture<Long>> offsets(int count) {
    List<CompletableFuture<Long>> offsets = new ArrayList<>();
    for (int place = 0; place < count; place++) {
      offsets.add(append.offset(place));
    }
    return offsets;
  }
}
