package io.raftless.store.s3;

/** Whether the SDK adds checksums of its own to requests, and checks those of responses. */
public enum ChecksumMode {
  /** Wherever Amazon S3 can use them. Some S3-compatible stores refuse such requests. */
  WHEN_SUPPORTED,
  /** Only where S3 demands them. Raftless checks its data by itself in any case. */
  WHEN_REQUIRED,
  /**
   * As {@link #WHEN_SUPPORTED}, and over plain HTTP the signature of a request is over the CRC of
   * its body and not over its SHA-256 as well: what the SDK does over HTTPS. That is nearly half of
   * what a client spends on an upload. It finds damage on the way as before, but who can write to
   * the network can replace a body by one with the same CRC; for networks that are trusted.
   */
  CRC_INSTEAD_OF_SHA256
}
