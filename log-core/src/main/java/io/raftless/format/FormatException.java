package io.raftless.format;

/** Bytes that are not what they should be: damaged, cut off, or of a format this version lacks. */
public class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FormatException(String message) {
    super(message);
  }

  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Refuses structures of a newer version than this program knows. */
  public static void requireKnown(String what, int version, int newest) {
    if (version < 1 || version > newest) {
      throw new FormatException(
          "the "
              + what
              + " has format version "
              + version
              + ", this program knows 1 to "
              + newest
              + ": use a newer Raftless");
    }
  }
}
