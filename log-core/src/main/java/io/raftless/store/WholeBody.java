package io.raftless.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The body as it is, all of it in memory. */
public final class WholeBody implements BodyReader<ByteBuffer> {
  /** It has no state. */
  public static final WholeBody READER = new WholeBody();

  private WholeBody() {}

  @Override
  public ByteBuffer read(ByteBuffer body) {
    return body;
  }

  @Override
  public ByteBuffer read(InputStream body, int length) throws IOException {
    byte[] bytes = new byte[length];
    int count = body.readNBytes(bytes, 0, length);
    if (count < length) {
      throw new EOFException("the body has " + count + " bytes, not the announced " + length);
    }
    return ByteBuffer.wrap(bytes);
  }
}
