package io.raftless.log;

import io.raftless.head.AppendRequest;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One writer's requests for one partition, in order. After one of them failed the later ones fail
 * too, until the writer explicitly goes on: otherwise a gap would open in its order.
 *
 * <p>Thread-safe.
 */
final class AppendStream {
  private final AppendRequest.@Nullable Fencing fencing;
  private final AtomicReference<@Nullable Throwable> poison = new AtomicReference<>();

  AppendStream(AppendRequest.@Nullable Fencing fencing) {
    this.fencing = fencing;
  }

  AppendRequest.@Nullable Fencing fencing() {
    return fencing;
  }

  boolean isPoisoned() {
    return poison.get() != null;
  }

  /** What went wrong first, if anything. */
  @Nullable Throwable firstFailure() {
    return poison.get();
  }

  void poison(Throwable cause) {
    poison.compareAndSet(null, cause);
  }
}
