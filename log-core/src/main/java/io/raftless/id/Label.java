package io.raftless.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.UUID;

/**
 * A UUIDv7 that names one immutable object, or one write. Its time part orders labels and nothing
 * more: no decision depends on clocks being right (design §2.5).
 *
 * @param value of version 7
 */
public record Label(UUID value) implements Comparable<Label> {

  /** Below every label that is ever minted: the horizon of a log that no vacuum has visited. */
  public static final Label ZERO = new Label(new UUID(0x7000L, 0x8000_0000_0000_0000L));

  public Label {
    if (value.version() != 7) {
      throw new IllegalArgumentException("a label must be a UUIDv7, not " + value);
    }
  }

  /**
   * Reads the canonical form.
   *
   * @throws IllegalArgumentException if it is not a UUIDv7
   */
  @JsonCreator
  public static Label parse(String text) {
    return new Label(UUID.fromString(text));
  }

  /** The smallest label of a millisecond; {@link #ZERO} for times before the epoch. */
  public static Label lowest(Instant time) {
    long millis = time.toEpochMilli();
    return millis <= 0
        ? ZERO
        : new Label(new UUID((millis << 16) | 0x7000L, ZERO.value.getLeastSignificantBits()));
  }

  /** The time part. */
  public Instant time() {
    return Instant.ofEpochMilli(value.getMostSignificantBits() >>> 16);
  }

  /** Two hex digits of the random part: they spread objects over a store's key partitions. */
  public String shard() {
    return toString().substring(34);
  }

  @Override
  public int compareTo(Label other) {
    int high =
        Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(
            value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
  }

  @JsonValue
  @Override
  public String toString() {
    return value.toString();
  }
}
