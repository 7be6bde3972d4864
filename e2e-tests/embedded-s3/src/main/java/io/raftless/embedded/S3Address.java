package io.raftless.embedded;

import java.net.URI;

/** What a client needs to know of a server: the line of JSON that says that it is ready. */
record S3Address(
    URI endpoint, String region, String bucket, String accessKeyId, String secretAccessKey) {

  @Override
  public String toString() {
    return endpoint + "/" + bucket;
  }
}
