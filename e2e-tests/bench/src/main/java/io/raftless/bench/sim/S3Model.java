package io.raftless.bench.sim;

/**
 * What is known of S3 Standard, in numbers. None of them is promised by Amazon but the request
 * rates; they are in the middle of what others published for small objects, from a machine in the
 * same region:
 *
 * <ul>
 *   <li><b>Shape.</b> Latencies of object stores are about log-normal with a very long tail
 *       (Spiral, "So you want to use Object Storage", April 2025). So: log-normal, and a share of 5
 *       % from a second one that is slower.
 *   <li><b>GET.</b> First byte "up to 30 ms, 80 ms is rather common" and then 80 MB/s of one
 *       connection (Quickwit, "S3 Express speculations", November 2023). Here: median 15 ms, P99 70
 *       ms, P99.9 120 ms, 90 MB/s.
 *   <li><b>PUT.</b> Median 30 ms, P99 117 ms, P99.9 200 ms. Amazon's own guidance is more careful
 *       ("roughly 100 to 200 ms" for small objects): with slower requests, all ratios that we
 *       promise get smaller, since what this process adds stays the same.
 *   <li><b>Replacements of one key.</b> About 15 per second, one after the other (field notes: 58
 *       to 68 ms each).
 *   <li><b>Request rates.</b> At least 3,500 writes and 5,500 reads per second and prefix (Amazon
 *       S3 User Guide, "Best practices design patterns"); above it 503 SlowDown.
 *   <li><b>Prices.</b> us-east-1: 5.00 dollars for a million PUT or LIST, 0.40 for a million GET,
 *       nothing for DELETE. Failed conditions are paid for, 503s are not.
 * </ul>
 *
 * @param put of PUT and DELETE, without the time for the body
 * @param get of GET, without the time for the body
 * @param list of a page of LIST
 * @param bytesPerSecond of a body, on the one connection that a request has
 * @param replacementsPerSecond of one key that can succeed
 * @param writesPerSecond of one prefix: PUT, DELETE
 * @param readsPerSecond of one prefix: GET, LIST
 * @param prefixFolders so many folders at the beginning of a key make its prefix; 0 if the whole
 *     bucket is one, as it is when it is new
 */
public record S3Model(
    Latency put,
    Latency get,
    Latency list,
    double bytesPerSecond,
    double replacementsPerSecond,
    double writesPerSecond,
    double readsPerSecond,
    int prefixFolders) {

  public S3Model {
    if (!(bytesPerSecond > 0
        && replacementsPerSecond > 0
        && writesPerSecond >= 1
        && readsPerSecond >= 1
        && prefixFolders >= 0)) {
      throw new IllegalArgumentException("rates are above 0, prefixes have 0 or more folders");
    }
  }

  /** S3 Standard; each folder at the root of the bucket is a prefix. */
  public static S3Model standard() {
    return new S3Model(
        new Latency(29.5, 0.25, 0.05, 80, 0.45),
        new Latency(14.75, 0.3, 0.05, 48, 0.45),
        new Latency(29.5, 0.3, 0.05, 80, 0.45),
        90e6,
        15,
        3_500,
        5_500,
        1);
  }

  /** The same without chance: requests always take their medians, and what their bytes take. */
  public S3Model withoutChance() {
    return new S3Model(
        Latency.constant(put.medianMillis()),
        Latency.constant(get.medianMillis()),
        Latency.constant(list.medianMillis()),
        bytesPerSecond,
        replacementsPerSecond,
        writesPerSecond,
        readsPerSecond,
        prefixFolders);
  }

  /** The same with other limits of requests. */
  public S3Model withRequestRates(double writes, double reads) {
    return new S3Model(
        put, get, list, bytesPerSecond, replacementsPerSecond, writes, reads, prefixFolders);
  }

  long transferNanos(long bytes) {
    return (long) (bytes / bytesPerSecond * 1e9);
  }

  long replacementNanos() {
    return (long) (1e9 / replacementsPerSecond);
  }

  String prefix(String key) {
    int end = 0;
    for (int folder = 0; folder < prefixFolders; folder++) {
      int slash = key.indexOf('/', end);
      if (slash < 0) {
        break;
      }
      end = slash + 1;
    }
    return key.substring(0, end);
  }
}
