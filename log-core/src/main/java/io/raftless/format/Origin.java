package io.raftless.format;

/**
 * Under which right records were committed: the writer id of the append, and the epoch in which its
 * holder had it. It is an annotation: neither offsets nor the hash chain depend on it.
 *
 * @param writerId the stable name of the logical writer
 * @param epoch what its holder got when it acquired the writer id on this partition; within a
 *     partition a later acquire has a larger epoch, and no two acquires share one. Epochs of
 *     different partitions have nothing to do with one another
 */
public record Origin(String writerId, long epoch) {
  /** How long a writer id may be, in characters. */
  public static final int MAX_WRITER_ID = 200;

  public Origin {
    if (writerId.isEmpty() || writerId.length() > MAX_WRITER_ID || epoch < 1) {
      throw new IllegalArgumentException(
          "no origin: epoch "
              + epoch
              + " of a writer id of "
              + writerId.length()
              + " characters, '"
              + writerId
              + "'");
    }
  }
}
