package io.raftless.store.s3;

/** Whether the SDK adds checksums of its own to requests, and checks those of responses. */
public enum ChecksumMode {
  /** Wherever Amazon S3 can use them. Some S3-compatible stores refuse such requests. */
  WHEN_SUPPORTED,
  /** Only where S3 demands them. Raftless checks its data by itself in any case. */
  WHEN_REQUIRED
}
