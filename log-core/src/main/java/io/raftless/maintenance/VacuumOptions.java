package io.raftless.maintenance;

import java.time.Duration;

/**
 * How a vacuum is done.
 *
 * @param retention how old garbage must be, 0 to 10 years. A staged batch that is not committed
 *     within it expires, so no savepoint or checkpoint that is older can be restored into a sink
 * @param isDryRun true to find out what would be deleted and change nothing
 * @param requestsInFlight requests to the store at a time, 1 to 1,000
 */
public record VacuumOptions(Duration retention, boolean isDryRun, int requestsInFlight) {
  private static final Duration MOST_RETENTION = Duration.ofDays(3_650);

  public VacuumOptions {
    if (retention.isNegative() || retention.compareTo(MOST_RETENTION) > 0) {
      throw new IllegalArgumentException(
          "retention " + retention + " of vacuum: choose 0 seconds (PT0S) to 3,650 days (P3650D)");
    }
    if (requestsInFlight < 1 || requestsInFlight > 1_000) {
      throw new IllegalArgumentException(
          "requestsInFlight " + requestsInFlight + " of vacuum: choose 1 to 1,000");
    }
  }

  /** What is older than 7 days, 32 requests at a time. */
  public static VacuumOptions defaults() {
    return new VacuumOptions(Duration.ofDays(7), false, 32);
  }

  /** The same with another retention. */
  public VacuumOptions withRetention(Duration newRetention) {
    return new VacuumOptions(newRetention, isDryRun, requestsInFlight);
  }

  /** The same, changing nothing. */
  public VacuumOptions asDryRun() {
    return new VacuumOptions(retention, true, requestsInFlight);
  }
}
