package io.raftless.bench;

/**
 * What is measured.
 *
 * @param name short, as "throughput"
 * @param unit as "MB/s": decimal, 10⁶ bytes; "" if it is a number of something
 */
public record Metric(String name, String unit) {
  /** Bytes of records (or of objects, where there are no records) by time. */
  public static final Metric THROUGHPUT = new Metric("throughput", "MB/s");

  /** Records by time. */
  public static final Metric RECORDS = new Metric("records", "1/s");

  /** Records by CPU time of this process, all its threads. */
  public static final Metric RECORDS_PER_CORE = new Metric("records per busy core", "1/s");

  /**
   * CPU time of this process and of all that it started, for 10⁹ bytes of records: where nobody has
   * a core of his own, throughput cannot be more than the cores by this.
   */
  public static final Metric CPU = new Metric("CPU of all processes", "s/GB");

  /** Bytes that were allocated on the heap for every byte of records. */
  public static final Metric ALLOCATION = new Metric("allocated per byte", "");

  /** The median of what one operation took. */
  public static final Metric P50 = new Metric("p50", "ms");

  /** What 99 of 100 operations took at most. */
  public static final Metric P99 = new Metric("p99", "ms");

  /** GET requests for 10⁹ bytes of records, or of objects: what is on the bill of reading them. */
  public static final Metric GETS = new Metric("GET requests", "1/GB");

  /** Requests for one operation. */
  public static final Metric REQUESTS = new Metric("requests", "");

  @Override
  public String toString() {
    return unit.isEmpty() ? name : name + " [" + unit + "]";
  }
}
