package io.raftless.flink.source;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.OperatorIOMetricGroup;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** Remembers what is registered, by its names from the operator on. */
final class RecordedMetrics extends UnregisteredMetricsGroup
    implements SourceReaderMetricGroup, OperatorIOMetricGroup {
  private final String prefix;
  private final Map<String, Gauge<?>> gauges;
  private final Map<String, Counter> counters;

  RecordedMetrics() {
    this("", new TreeMap<>(), new TreeMap<>());
  }

  private RecordedMetrics(
      String prefix, Map<String, Gauge<?>> gauges, Map<String, Counter> counters) {
    this.prefix = prefix;
    this.gauges = gauges;
    this.counters = counters;
  }

  Object gauge(String name) {
    Gauge<?> gauge = gauges.get(name);
    if (gauge == null) {
      throw new AssertionError("no gauge " + name + ", but " + gauges.keySet());
    }
    return gauge.getValue();
  }

  long count(String name) {
    Counter counter = counters.get(name);
    if (counter == null) {
      throw new AssertionError("no counter " + name + ", but " + counters.keySet());
    }
    return counter.getCount();
  }

  @Override
  public MetricGroup addGroup(String name) {
    return new RecordedMetrics(prefix + name + ".", gauges, counters);
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return addGroup(key).addGroup(value);
  }

  @Override
  public Counter counter(String name) {
    return counter(name, new SimpleCounter());
  }

  @Override
  public <C extends Counter> C counter(String name, C counter) {
    counters.put(prefix + name, counter);
    return counter;
  }

  @Override
  public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
    gauges.put(prefix + name, gauge);
    return gauge;
  }

  @Override
  public OperatorIOMetricGroup getIOMetricGroup() {
    return this;
  }

  @Override
  public Counter getNumRecordsInErrorsCounter() {
    return counter("numRecordsInErrors");
  }

  @Override
  public void setPendingBytesGauge(Gauge<Long> pending) {
    gauge("pendingBytes", pending);
  }

  @Override
  public void setPendingRecordsGauge(Gauge<Long> pending) {
    gauge("pendingRecords", pending);
  }

  @Override
  public Counter getNumRecordsInCounter() {
    return counter("numRecordsIn");
  }

  @Override
  public Counter getNumRecordsOutCounter() {
    return counter("numRecordsOut");
  }

  @Override
  public Counter getNumBytesInCounter() {
    return counter("numBytesIn");
  }

  @Override
  public Counter getNumBytesOutCounter() {
    return counter("numBytesOut");
  }
}
