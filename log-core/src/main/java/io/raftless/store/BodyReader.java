package io.raftless.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Makes something of a body, while it arrives if the store can do that.
 *
 * <p>Used by one thread at a time, but maybe several times: a store that tries a read again begins
 * anew, and nothing is left of what was made before. A reader throws nothing but what the stream
 * does: what is wrong with the bytes is part of what is made of them.
 *
 * @param <T> of what is made
 */
public interface BodyReader<T> {
  /**
   * Of a body that is there as a whole.
   *
   * @param body as {@link GetOutcome.Found#body}
   */
  T read(ByteBuffer body);

  /**
   * Of a body that arrives. All of it must be read.
   *
   * @param body ends with the body; is closed by whoever calls this
   * @param length of the body, in bytes
   * @throws IOException if the stream breaks; the store may try again then
   */
  T read(InputStream body, int length) throws IOException;
}
