package io.raftless.flink.sink.failure;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A step that waits for the test, and no interrupt ends the wait: how a zombie is made. What comes
 * to life again knows nothing of the interrupt that was meant to end it.
 */
final class Hold {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** In the thread that is held. */
  void await() {
    reached.countDown();
    while (!isReleased()) {
      // Deaf.
    }
  }

  private boolean isReleased() {
    try {
      released.await();
      return true;
    } catch (InterruptedException deaf) {
      return false;
    }
  }

  /** In the test's thread: waits until somebody is held. */
  void awaitReached(Duration patience) throws InterruptedException {
    if (!reached.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("nobody came to the step that is held");
    }
  }

  void release() {
    released.countDown();
  }
}
