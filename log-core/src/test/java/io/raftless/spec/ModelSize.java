package io.raftless.spec;

import java.time.Duration;
import java.util.Locale;

/** How long a model takes, and what it may take. */
enum ModelSize {
  /** Seconds: checked by every build. */
  SMALL("1g", Duration.ofMinutes(5)),
  /** Minutes: checked by the Maven profile {@code models}. */
  MEDIUM("2g", Duration.ofHours(1)),
  /** More: checked by the Maven profile {@code models}, too. */
  LARGE("4g", Duration.ofHours(12));

  private final String heap;
  private final Duration limit;

  ModelSize(String heap, Duration limit) {
    this.heap = heap;
    this.limit = limit;
  }

  static ModelSize parse(String text) {
    for (ModelSize size : values()) {
      if (size.toString().equals(text)) {
        return size;
      }
    }
    throw new IllegalArgumentException("a size is small, medium or large, not " + text);
  }

  /** Of TLC's JVM, as {@code -Xmx} takes it. */
  String heap() {
    return heap;
  }

  /**
   * After which TLC is stopped and has failed. Generous: it is for models that never end, not for
   * slow machines.
   */
  Duration limit() {
    return limit;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
