package io.raftless.embedded;

/**
 * How many requests a server was sent, each counted once under its kind before it is handled, and
 * how many of all of them were answered with a status that conditional requests are about.
 *
 * @param put single-request uploads and copies, conditional or not
 * @param get of an object, whole or in part
 * @param head of an object or a bucket
 * @param list of the objects of a bucket
 * @param delete of one object or of many
 * @param multipart every request of a multipart upload
 * @param other buckets, access lists, and what is not S3
 * @param notModified answered 304
 * @param preconditionFailed answered 412
 * @param notFound answered 404
 */
public record S3Requests(
    long put,
    long get,
    long head,
    long list,
    long delete,
    long multipart,
    long other,
    long notModified,
    long preconditionFailed,
    long notFound) {

  /** All requests of all kinds. */
  public long total() {
    return put + get + head + list + delete + multipart + other;
  }
}
