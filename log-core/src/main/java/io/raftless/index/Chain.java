package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.raftless.id.Label;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The hash chain over a partition's batches: whoever has two of its values can prove that nothing
 * between them was lost, reordered, altered or forked.
 *
 * <p>{@code chain(n) = SHA-256(chain(n-1) ‖ label ‖ partition ‖ count ‖ canonical crc)}, the first
 * 16 bytes; label as 16 bytes, the numbers as 4 bytes each, big-endian (design §5).
 *
 * @param hex 32 lower-case hex digits
 */
public record Chain(String hex) {
  private static final int BYTES = 16;

  /** Before the first batch. */
  public static final Chain ZERO = new Chain("0".repeat(2 * BYTES));

  public Chain {
    if (hex.length() != 2 * BYTES || !hex.chars().allMatch(HexFormat::isHexDigit)) {
      throw new IllegalArgumentException("a chain value has 32 hex digits, not '" + hex + "'");
    }
  }

  /** Reads the form that {@link #toString} writes. */
  @JsonCreator
  public static Chain parse(String hex) {
    return new Chain(hex);
  }

  /** The value after one more batch. */
  public Chain next(int partition, Label label, int count, long crc) {
    ByteBuffer input = ByteBuffer.allocate(BYTES + 16 + 12);
    input.put(HexFormat.of().parseHex(hex));
    input.putLong(label.value().getMostSignificantBits());
    input.putLong(label.value().getLeastSignificantBits());
    input.putInt(partition).putInt(count).putInt((int) crc);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(input.array());
      return new Chain(HexFormat.of().formatHex(digest, 0, BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @JsonValue
  @Override
  public String toString() {
    return hex;
  }
}
