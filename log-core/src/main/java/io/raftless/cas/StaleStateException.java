package io.raftless.cas;

/** Something that a state refers to is gone, so there must be a newer state. */
public final class StaleStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StaleStateException(String message) {
    super(message);
  }
}
