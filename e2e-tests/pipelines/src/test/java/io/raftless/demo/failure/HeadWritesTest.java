package io.raftless.demo.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.store.ETag;
import io.raftless.store.PutOutcome;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HeadWritesTest {
  private final HeadWrites writes = new HeadWrites();

  @Test
  void withoutALimitEverythingIsWritten() {
    assertThat(stored("0/head")).isTrue();
    assertThat(stored("1/head")).isTrue();
  }

  @Test
  void aLimitHoldsForHeadsAndNotForWritesUntilItIsLifted() {
    writes.limitTo(1);
    assertThat(stored("0/head")).isTrue();
    assertThat(stored("0/head")).isTrue();
    assertThatThrownBy(() -> stored("1/head")).isInstanceOf(InjectedFailure.class);
    assertThatThrownBy(() -> stored("2/head")).isInstanceOf(InjectedFailure.class);
    assertThat(writes.lift()).isEqualTo("1 partition committed and 2 not");
    assertThat(stored("1/head")).isTrue();
  }

  private boolean stored(String key) {
    return writes
        .replace(
            key, () -> CompletableFuture.completedFuture(new PutOutcome.Stored(new ETag("etag"))))
        .isDone();
  }
}
