package io.raftless.flink.sink;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import io.raftless.flink.metrics.StoreMetrics;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.dropwizard.metrics.DropwizardHistogramWrapper;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counts commits and tells how long they take: the last one, and a histogram of those of the last
 * minutes. One thread commits; what is shown is read by others.
 */
@SuppressWarnings("try") // Flink declares close() so that it may be interrupted.
final class MeasuredCommitter implements Committer<StagedObject> {
  private final Committer<StagedObject> committer;
  private final Counter commits;
  private final Counter failures;
  private final Histogram latency;
  private volatile long lastCommitMillis;
  private volatile boolean isFenced;

  MeasuredCommitter(Committer<StagedObject> committer, MetricGroup operator) {
    this.committer = committer;
    MetricGroup group = operator.addGroup(StoreMetrics.GROUP);
    this.commits = group.counter("commits");
    this.failures = group.counter("commitFailures");
    group.gauge("lastCommitMillis", (Gauge<Long>) () -> lastCommitMillis);
    this.latency =
        group.histogram(
            "commitLatencyMillis",
            new DropwizardHistogramWrapper(
                new com.codahale.metrics.Histogram(new ExponentiallyDecayingReservoir())));
    group.gauge("fenced", (Gauge<Integer>) () -> isFenced ? 1 : 0);
  }

  @Override
  public void commit(Collection<CommitRequest<StagedObject>> requests)
      throws IOException, InterruptedException {
    if (requests.isEmpty()) {
      committer.commit(requests);
      return;
    }
    long startedNanos = System.nanoTime();
    boolean isCommitted = false;
    try {
      committer.commit(requests);
      isCommitted = true;
    } catch (SinkFencedException e) {
      isFenced = true;
      throw e;
    } finally {
      lastCommitMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
      latency.update(lastCommitMillis);
      (isCommitted ? commits : failures).inc();
    }
  }

  @Override
  public void close() throws Exception {
    committer.close();
  }
}
