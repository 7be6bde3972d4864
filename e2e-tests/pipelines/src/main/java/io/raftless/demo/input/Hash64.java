package io.raftless.demo.input;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The first 64 bits of SHA-256: enough to tell a line from an altered one without keeping it. Not
 * thread-safe.
 */
public final class Hash64 {
  private final MessageDigest digest;

  public Hash64() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Hashes some bytes. */
  public long of(byte[] bytes) {
    return ByteBuffer.wrap(digest.digest(bytes)).getLong();
  }
}
