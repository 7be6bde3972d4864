package io.raftless.store;

/**
 * What a store was asked and how it answered, since some moment.
 *
 * @param gets unconditional reads, whole or ranged
 * @param conditionalGets reads that are free of a body if nothing changed
 * @param notModified of these, those where nothing had
 * @param puts conditional writes, whatever became of them
 * @param conflicts of these, those that lost
 * @param unknowns of these, those whose outcome nobody knows
 * @param lists pages of listings
 * @param deletes of one object each
 * @param bytesIn read, in bodies
 * @param bytesOut sent, in bodies, whatever became of them
 */
public record RequestCounts(
    long gets,
    long conditionalGets,
    long notModified,
    long puts,
    long conflicts,
    long unknowns,
    long lists,
    long deletes,
    long bytesIn,
    long bytesOut) {

  /** All requests. */
  public long total() {
    return gets + conditionalGets + puts + lists + deletes;
  }

  /** Nothing yet. */
  public static final RequestCounts NONE = new RequestCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** These and others together. */
  public RequestCounts plus(RequestCounts others) {
    return new RequestCounts(
        gets + others.gets,
        conditionalGets + others.conditionalGets,
        notModified + others.notModified,
        puts + others.puts,
        conflicts + others.conflicts,
        unknowns + others.unknowns,
        lists + others.lists,
        deletes + others.deletes,
        bytesIn + others.bytesIn,
        bytesOut + others.bytesOut);
  }

  /** What has come since {@code earlier}. */
  public RequestCounts since(RequestCounts earlier) {
    return new RequestCounts(
        gets - earlier.gets,
        conditionalGets - earlier.conditionalGets,
        notModified - earlier.notModified,
        puts - earlier.puts,
        conflicts - earlier.conflicts,
        unknowns - earlier.unknowns,
        lists - earlier.lists,
        deletes - earlier.deletes,
        bytesIn - earlier.bytesIn,
        bytesOut - earlier.bytesOut);
  }
}
