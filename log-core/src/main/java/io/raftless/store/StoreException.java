package io.raftless.store;

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

  private StoreException(String message, boolean isTransient, Throwable cause) {
    super(message, cause);
    this.isTransient = isTransient;
  }

  /** The store was out of reach or overloaded: the same call may succeed later. */
  public static StoreException unavailable(String message, Throwable cause) {
    return new StoreException(message, true, cause);
  }

  /** The store said no (credentials, permissions, no such bucket): calling again will not help. */
  public static StoreException refused(String message, Throwable cause) {
    return new StoreException(message, false, cause);
  }

  /** Whether the same call may succeed later with nothing changed. */
  public boolean isTransient() {
    return isTransient;
  }
}
