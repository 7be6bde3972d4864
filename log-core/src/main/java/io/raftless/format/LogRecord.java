package io.raftless.format;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record: an optional key, an optional value (null is a tombstone), headers in order, and a
 * timestamp. A null key or value is distinct from an empty one. Its offset is not part of it: that
 * follows from where it is in the log.
 *
 * <p>Immutable by convention: the byte arrays are not copied, so whoever hands them over must not
 * change them any more.
 */
public final class LogRecord {
  private final byte @Nullable [] key;
  private final byte @Nullable [] value;
  private final List<RecordHeader> headers;
  private final long timestamp;

  public LogRecord(
      byte @Nullable [] key, byte @Nullable [] value, List<RecordHeader> headers, long timestamp) {
    this.key = key;
    this.value = value;
    this.headers = List.copyOf(headers);
    this.timestamp = timestamp;
  }

  /** A record without headers. */
  public static LogRecord of(byte @Nullable [] key, byte @Nullable [] value, long timestamp) {
    return new LogRecord(key, value, List.of(), timestamp);
  }

  /** The key, or null if the record has none. */
  public byte @Nullable [] key() {
    return key;
  }

  /** The value, or null if the record is a tombstone. */
  public byte @Nullable [] value() {
    return value;
  }

  /** The headers in the order in which they were given. */
  public List<RecordHeader> headers() {
    return headers;
  }

  /** Milliseconds since the epoch, UTC; any value is allowed. */
  public long timestamp() {
    return timestamp;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LogRecord that
        && timestamp == that.timestamp
        && Arrays.equals(key, that.key)
        && Arrays.equals(value, that.value)
        && headers.equals(that.headers);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Arrays.hashCode(key) + Arrays.hashCode(value)) + Long.hashCode(timestamp);
  }

  @Override
  public String toString() {
    return "LogRecord[key="
        + (key == null ? "null" : key.length + " bytes")
        + ", value="
        + (value == null ? "null" : value.length + " bytes")
        + ", headers="
        + headers
        + ", timestamp="
        + timestamp
        + "]";
  }
}
