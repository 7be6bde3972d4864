package io.raftless.format;

/** Bytes that are not what they should be: damaged, cut off, or of a format this version lacks. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FormatException(String message) {
    super(message);
  }

  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
