package io.raftless.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Makes a text of a body. */
class TextReader implements BodyReader<String> {
  @Override
  public String read(ByteBuffer body) {
    return UTF_8.decode(body.duplicate()).toString();
  }

  @Override
  public String read(InputStream body, int length) throws IOException {
    return new String(body.readNBytes(length), UTF_8);
  }
}
