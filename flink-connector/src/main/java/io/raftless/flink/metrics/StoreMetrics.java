package io.raftless.flink.metrics;

import io.raftless.log.LogStatistics;
import io.raftless.store.RequestCounts;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.flink.annotation.Internal;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Registers the metrics of a store and of a log in the group {@code raftless} of an operator. They
 * are gauges over counts that are kept anyway, so that they cost nothing until somebody asks.
 */
@Internal
public final class StoreMetrics {
  /** The group of all our metrics. */
  public static final String GROUP = "raftless";

  private StoreMetrics() {}

  /** Registers what the store was asked, and how long writes took. */
  public static void register(MetricGroup operator, MeasuredStore store) {
    registerRequests(operator, store::counts);
    MetricGroup group = operator.addGroup(GROUP);
    gauge(group, "lastUploadMillis", () -> store, MeasuredStore::lastUploadMillis);
    gauge(group, "lastHeadWriteMillis", () -> store, MeasuredStore::lastReplacementMillis);
  }

  /**
   * Registers what a store was asked.
   *
   * @param counts from any thread
   */
  static void registerRequests(MetricGroup operator, Supplier<RequestCounts> counts) {
    MetricGroup group = operator.addGroup(GROUP);
    gauge(group, "getRequests", counts, RequestCounts::gets);
    gauge(group, "conditionalGetRequests", counts, RequestCounts::conditionalGets);
    gauge(group, "notModifiedAnswers", counts, RequestCounts::notModified);
    gauge(group, "putRequests", counts, RequestCounts::puts);
    gauge(group, "conflictAnswers", counts, RequestCounts::conflicts);
    gauge(group, "unknownAnswers", counts, RequestCounts::unknowns);
    gauge(group, "listRequests", counts, RequestCounts::lists);
    gauge(group, "deleteRequests", counts, RequestCounts::deletes);
    gauge(group, "bytesRead", counts, RequestCounts::bytesIn);
    gauge(group, "bytesWritten", counts, RequestCounts::bytesOut);
  }

  /**
   * Registers what a log has met while it was written.
   *
   * @param statistics what they are now, from any thread
   */
  public static void register(MetricGroup operator, Supplier<LogStatistics> statistics) {
    MetricGroup group = operator.addGroup(GROUP);
    gauge(group, "casConflicts", statistics, LogStatistics::casConflicts);
    gauge(group, "unknownOutcomesResolved", statistics, LogStatistics::unknownsResolved);
    gauge(group, "unknownOutcomesLeft", statistics, LogStatistics::unknownsLeft);
    gauge(group, "uploadsInFlight", statistics, LogStatistics::uploadsInFlight);
  }

  private static <S> void gauge(
      MetricGroup group, String name, Supplier<S> source, ToLongFunction<S> value) {
    group.gauge(name, (Gauge<Long>) () -> value.applyAsLong(source.get()));
  }
}
