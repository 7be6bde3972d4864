package io.raftless.log;

import java.util.List;

/** Staged batches as bytes, versioned: what savepoints keep. */
public final class StagedBatchCodec {
  private StagedBatchCodec() {}

  /** Encodes staged batches of one log. */
  public static byte[] encode(List<StagedBatch> batches) {
    throw new UnsupportedOperationException();
  }

  /**
   * Decodes what {@link #encode} of this or an older version wrote.
   *
   * @throws io.raftless.format.FormatException if the bytes are of a newer version, or damaged
   */
  public static List<StagedBatch> decode(byte[] bytes) {
    throw new UnsupportedOperationException();
  }
}
