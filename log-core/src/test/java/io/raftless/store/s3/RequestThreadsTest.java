package io.raftless.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestThreadsTest {

  @Test
  void aRequestForWhichNoThreadCanBeMadeFailsAndIsNeverSent() {
    // A thread copies these values from the one that makes it: no thread can be made from here.
    InheritableThreadLocal<String> trap =
        new InheritableThreadLocal<>() {
          @Override
          protected String childValue(String parent) {
            throw new OutOfMemoryError("no thread for a test");
          }
        };
    AtomicBoolean isSent = new AtomicBoolean();
    try (RequestThreads threads = new RequestThreads(2)) {
      CompletableFuture<Boolean> failed;
      trap.set("set");
      try {
        failed = threads.submit(() -> isSent.compareAndSet(false, true));
      } finally {
        trap.remove();
      }
      assertThat(threads.submit(() -> "later").join()).isEqualTo("later");
      assertThat(failed).isCompletedExceptionally();
      assertThatThrownBy(failed::join)
          .hasCauseInstanceOf(OutOfMemoryError.class)
          .hasMessageContaining("no thread for a test");
    }
    assertThat(isSent).isFalse();
  }
}
