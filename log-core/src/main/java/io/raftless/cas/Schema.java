package io.raftless.cas;

import java.nio.ByteBuffer;

/**
 * How a state is stored.
 *
 * @param <S> the state
 */
public interface Schema<S> {

  /**
   * Reads a body.
   *
   * @throws io.raftless.format.FormatException if it is damaged or of a newer version
   */
  S decode(ByteBuffer body);

  /** Writes a body. */
  ByteBuffer encode(S state);

  /** Counts the writes of the object: +1 with each. */
  long version(S state);

  /**
   * The state as it is written: with this version and with a fresh label as {@code lastWrite}, so
   * that no two bodies of a key are ever equal (equal bodies repeat an ETag, design §3).
   */
  S stamped(S state, long version);
}
