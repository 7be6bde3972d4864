package io.raftless.store.s3;

/** How ETags are sent in If-Match and If-None-Match. */
public enum ETagStyle {
  /** Found out when the store is opened: in quotes, unless the store understands bare ones only. */
  AUTO,
  /** In double quotes, as HTTP and Amazon S3 have it. */
  QUOTED,
  /** Without quotes, as some S3-compatible stores want it. */
  BARE
}
