package io.raftless.cas;

import org.jspecify.annotations.Nullable;

/** Something that a state refers to is gone, so there must be a newer state. */
public final class StaleStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String key;

  public StaleStateException(String message) {
    this(message, null);
  }

  private StaleStateException(String message, @Nullable String key) {
    super(message);
    this.key = key;
  }

  /** An object is not there. */
  public static StaleStateException gone(String key) {
    return new StaleStateException(key + " is gone", key);
  }

  /** The object that is gone; null if it is not about an object. */
  public @Nullable String key() {
    return key;
  }
}
