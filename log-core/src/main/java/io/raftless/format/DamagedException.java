package io.raftless.format;

import org.jspecify.annotations.Nullable;

/** Something in the store that is not what the log says. */
public final class DamagedException extends FormatException {
  private static final long serialVersionUID = 1L;

  private final Damage damage;

  public DamagedException(Damage damage) {
    this(damage, null);
  }

  public DamagedException(Damage damage, @Nullable Throwable cause) {
    super(damage.message());
    this.damage = damage;
    if (cause != null) {
      initCause(cause);
    }
  }

  /** What, and where. */
  public Damage damage() {
    return damage;
  }
}
