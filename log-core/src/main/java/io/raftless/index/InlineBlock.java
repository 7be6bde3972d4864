package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * A batch block that is in the head itself and in no object of its own. Stored as base64.
 *
 * <p>Immutable.
 */
public final class InlineBlock {
  private final byte[] bytes;

  private InlineBlock(byte[] bytes) {
    if (bytes.length == 0) {
      throw new IllegalArgumentException("a batch block is not empty");
    }
    this.bytes = bytes;
  }

  /** A copy of all that remains in a buffer, which stays as it is. */
  public static InlineBlock copyOf(ByteBuffer block) {
    byte[] bytes = new byte[block.remaining()];
    block.duplicate().get(bytes);
    return new InlineBlock(bytes);
  }

  /**
   * Reads the form that {@link #toString} writes, and no other: so a block has one stored form.
   *
   * @throws IllegalArgumentException if it is another
   */
  @JsonCreator
  public static InlineBlock parse(String base64) {
    InlineBlock block = new InlineBlock(Base64.getDecoder().decode(base64));
    if (!block.toString().equals(base64)) {
      throw new IllegalArgumentException("a block in the head is not as base64 is written");
    }
    return block;
  }

  /** The block; read-only, position 0 to limit. */
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /** In bytes, not as base64. */
  public int length() {
    return bytes.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InlineBlock block && Arrays.equals(bytes, block.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @JsonValue
  @Override
  public String toString() {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
