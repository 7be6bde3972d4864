package io.raftless.bench.sim;

/**
 * Requests by kind, as S3 counts them, and their price. Requests that were answered with 503 are
 * not among the others.
 *
 * @param puts also those that lost, which are paid for
 * @param gets also those that found nothing new, which are paid for
 * @param lists pages
 * @param deletes which are free
 * @param slowDowns answered with 503, which are free
 */
public record Bill(long puts, long gets, long lists, long deletes, long slowDowns) {
  private static final double DOLLARS_PER_PUT_OR_LIST = 5.00 / 1e6;
  private static final double DOLLARS_PER_GET = 0.40 / 1e6;

  /** All that the store worked on. */
  public long requests() {
    return puts + gets + lists + deletes;
  }

  /** In US dollars, in us-east-1, S3 Standard; without storage and traffic. */
  public double dollars() {
    return (puts + lists) * DOLLARS_PER_PUT_OR_LIST + gets * DOLLARS_PER_GET;
  }

  /** What has come since {@code earlier}. */
  public Bill since(Bill earlier) {
    return new Bill(
        puts - earlier.puts,
        gets - earlier.gets,
        lists - earlier.lists,
        deletes - earlier.deletes,
        slowDowns - earlier.slowDowns);
  }
}
