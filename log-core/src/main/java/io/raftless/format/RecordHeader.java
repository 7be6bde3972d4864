package io.raftless.format;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A named value that travels with a record. Names may repeat within a record, and order is kept.
 * The value is not copied: whoever hands it over must not change it any more.
 */
public final class RecordHeader {
  private final String name;
  private final byte @Nullable [] value;

  public RecordHeader(String name, byte @Nullable [] value) {
    this.name = Objects.requireNonNull(name, "name");
    this.value = value;
  }

  /** The name; it may be empty. */
  public String name() {
    return name;
  }

  /** The value; null is distinct from empty. */
  public byte @Nullable [] value() {
    return value;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RecordHeader that
        && name.equals(that.name)
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return name + "=" + (value == null ? "null" : value.length + " bytes");
  }
}
