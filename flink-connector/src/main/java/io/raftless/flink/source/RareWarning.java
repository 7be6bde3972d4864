package io.raftless.flink.source;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** A warning that is written at most every ten seconds. Owned by one thread. */
final class RareWarning {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private final Logger logger;
  private final LongSupplier nanoTime;
  private boolean isWritten;
  private long lastNanos;
  private long left;

  RareWarning(Logger logger) {
    this(logger, System::nanoTime);
  }

  RareWarning(Logger logger, LongSupplier nanoTime) {
    this.logger = logger;
    this.nanoTime = nanoTime;
  }

  /** Writes it, unless one was written a moment ago: then the next one tells how many were not. */
  void warn(String message, @Nullable Throwable cause) {
    long now = nanoTime.getAsLong();
    if (isWritten && now - lastNanos < INTERVAL_NANOS) {
      left++;
      return;
    }
    logger.warn("{}{}", message, left == 0 ? "" : " (and " + left + " like it before)", cause);
    isWritten = true;
    lastNanos = now;
    left = 0;
  }
}
