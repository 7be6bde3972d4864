package io.raftless.log;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import java.nio.ByteBuffer;
import java.util.List;

/** Staged batches as bytes, versioned: what savepoints keep. */
public final class StagedBatchCodec {
  private static final int FORMAT = 1;

  private StagedBatchCodec() {}

  /** The stored form. */
  record Stored(int format, List<StagedBatch> batches) {}

  /** Encodes staged batches. */
  public static byte[] encode(List<StagedBatch> batches) {
    ByteBuffer encoded = Json.encode(new Stored(FORMAT, batches));
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return bytes;
  }

  /**
   * Decodes what {@link #encode} of this or an older version wrote.
   *
   * @throws FormatException if the bytes are of a newer version, or damaged
   */
  public static List<StagedBatch> decode(byte[] bytes) {
    return List.copyOf(
        Json.decode(ByteBuffer.wrap(bytes), Stored.class, "list of staged batches", FORMAT)
            .batches());
  }
}
