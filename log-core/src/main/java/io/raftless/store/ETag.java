package io.raftless.store;

import java.util.Objects;

/**
 * The store's opaque name for one body of one object, without quotes and without the weak marker.
 * Two bodies of one key may share an ETag if they are equal, so the protocol never writes the same
 * body twice (design §3).
 *
 * @param value the bare value; how it is sent (quoted or bare) is the store's business
 */
public record ETag(String value) {
  public ETag {
    Objects.requireNonNull(value, "value");
    if (value.isEmpty()) {
      throw new IllegalArgumentException("an ETag must not be empty");
    }
  }

  /** Reads an ETag as a server sent it: {@code "abc"}, {@code W/"abc"} or {@code abc}. */
  public static ETag fromHeader(String header) {
    String bare = header.startsWith("W/") ? header.substring(2) : header;
    if (bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"")) {
      bare = bare.substring(1, bare.length() - 1);
    }
    return new ETag(bare);
  }

  /** The form of RFC 9110: in double quotes. */
  public String quoted() {
    return '"' + value + '"';
  }

  @Override
  public String toString() {
    return value;
  }
}
