package io.raftless.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/**
 * One creation of a log. A log that is deleted and created again has another one, and whatever
 * names the old one (staged batches, splits, cursors) must not touch the new log.
 *
 * @param value of version 7
 */
public record Incarnation(UUID value) {
  public Incarnation {
    if (value.version() != 7) {
      throw new IllegalArgumentException("an incarnation must be a UUIDv7, not " + value);
    }
  }

  /** Reads the canonical form. */
  @JsonCreator
  public static Incarnation parse(String text) {
    return new Incarnation(UUID.fromString(text));
  }

  @JsonValue
  @Override
  public String toString() {
    return value.toString();
  }
}
