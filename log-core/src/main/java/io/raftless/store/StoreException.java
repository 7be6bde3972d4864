package io.raftless.store;

import org.jspecify.annotations.Nullable;

/**
 * The store could not be read, listed or deleted from, or refused a write for good. Whether trying
 * again may help is decided where it is thrown: {@link #isTransient()}.
 *
 * <p>A conditional write whose outcome nobody knows is never an exception but {@link
 * PutOutcome.Unknown}.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isTransient;
  private final boolean isUnsafe;

  private StoreException(
      String message, boolean isTransient, boolean isUnsafe, @Nullable Throwable cause) {
    super(message, cause);
    this.isTransient = isTransient;
    this.isUnsafe = isUnsafe;
  }

  /** The store was out of reach or overloaded: the same call may succeed later. */
  public static StoreException unavailable(String message, Throwable cause) {
    return new StoreException(message, true, false, cause);
  }

  /** The store said no (credentials, permissions, no such bucket): calling again will not help. */
  public static StoreException refused(String message, Throwable cause) {
    return new StoreException(message, false, false, cause);
  }

  /** The store said or did what it must not, without an exception to show for it. */
  public static StoreException refused(String message) {
    return new StoreException(message, false, false, null);
  }

  /** The store does not do what the protocol rests on: it must not be used. */
  public static StoreException unsafe(String message) {
    return new StoreException(message, false, true, null);
  }

  /** Whether the store failed the probe of its conditional writes: only another store will help. */
  public boolean isUnsafe() {
    return isUnsafe;
  }

  /** Whether the same call may succeed later with nothing changed. */
  public boolean isTransient() {
    return isTransient;
  }
}
