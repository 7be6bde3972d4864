package io.raftless.cas;

import org.jspecify.annotations.Nullable;

/** An update that did not come to a result. */
public final class UpdateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean isUnknown;

  private UpdateException(String message, boolean isUnknown, @Nullable Throwable cause) {
    super(message, cause);
    this.isUnknown = isUnknown;
  }

  static UpdateException failed(String message, @Nullable Throwable cause) {
    return new UpdateException(message, false, cause);
  }

  static UpdateException unknown(String message, @Nullable Throwable cause) {
    return new UpdateException(message, true, cause);
  }

  /**
   * True if an attempt may have taken effect or may still do so; false if certainly none did and
   * none will.
   */
  public boolean isUnknown() {
    return isUnknown;
  }
}
