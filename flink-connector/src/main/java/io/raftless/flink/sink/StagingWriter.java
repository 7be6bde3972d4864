package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first phase: uploads records without making them visible.
 *
 * <p>Its records are not part of its state in checkpoints. What it staged since the last barrier
 * leaves it as committables before each barrier, and from then on it is the committer's state. What
 * it uploaded after the barrier is replayed by the source when the job restarts; those objects are
 * in nobody's checkpoint then, never become visible, and vacuum removes them.
 *
 * <p>Its state is the history of the job, of which it tells the committer with a marker at each
 * checkpoint.
 */
final class StagingWriter<T>
    implements CommittingSinkWriter<T, StagedObject>, StatefulSinkWriter<T, History> {
  private static final Logger LOG = LoggerFactory.getLogger(StagingWriter.class);

  /** So that a rescale leaves hardly any writer without one: Flink deals them out one by one. */
  private static final int COPIES_OF_STATE = 8;

  private final SinkSettings<T> settings;
  private final OpenLog log;
  private final History history;
  private final Stager stager;
  private final int subtask;
  private final SinkWriterMetricGroup metrics;
  private final LongSupplier nanoTime;
  private long nextSequence;
  private int partitions;
  private long lastDiscoveryNanos;

  /** Of all records since the last checkpoint. */
  private boolean isRepeatable = true;

  /**
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  StagingWriter(
      SinkSettings<T> settings,
      OpenLog log,
      History history,
      int subtask,
      SinkWriterMetricGroup metrics,
      LongSupplier nanoTime) {
    this.settings = settings;
    this.log = log;
    this.history = history;
    this.stager = log.log().newStager(settings.stagerOptions());
    this.partitions = log.log().partitions();
    this.subtask = subtask;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.lastDiscoveryNanos = nanoTime.getAsLong();
  }

  @Override
  public void write(T element, Context context) throws IOException, InterruptedException {
    LogRecord record = settings.serializer().serialize(element, context.timestamp());
    int partition = settings.partitioner().partition(element, record, partitions);
    if (partition < 0 || partition >= partitions) {
      throw new IOException(
          "the partitioner chose partition "
              + partition
              + ", but log "
              + settings.log()
              + " has partitions 0 to "
              + (partitions - 1));
    }
    isRepeatable = isRepeatable && settings.partitioner().isRepeatable(element, record);
    stager.add(partition, record);
    metrics.getNumRecordsSendCounter().inc();
  }

  @Override
  public void flush(boolean endOfInput) {
    // Everything is staged by prepareCommit, which Flink calls right after this.
  }

  @Override
  public List<StagedObject> prepareCommit() throws IOException, InterruptedException {
    List<StagedObject> objects = new ArrayList<>();
    int repeatableOver = isRepeatable ? partitions : 0;
    for (List<StagedBatch> batches : staged()) {
      objects.add(
          new StagedObject(
              settings.submissionId(),
              subtask,
              nextSequence++,
              batches,
              StagedObject.UNSTAMPED,
              repeatableOver,
              null));
      for (StagedBatch batch : batches) {
        metrics.getNumBytesSendCounter().inc(batch.batch().length());
      }
    }
    objects.add(StagedObject.marker(settings.submissionId(), subtask, nextSequence++, history));
    isRepeatable = true;
    discoverPartitions();
    return objects;
  }

  private List<List<StagedBatch>> staged() throws IOException, InterruptedException {
    try {
      return stager.stage().get();
    } catch (ExecutionException e) {
      throw new IOException(
          "records for log " + settings.log() + " could not be uploaded", e.getCause());
    }
  }

  /**
   * Uses what the last look found, and looks again if it is time. It does not wait for the answer:
   * a checkpoint must not take longer because of it.
   */
  private void discoverPartitions() {
    if (settings.partitionDiscoveryInterval().isZero()) {
      return;
    }
    int known = log.log().partitions();
    if (known > partitions) {
      LOG.info("log {} has {} partitions now, {} before", settings.log(), known, partitions);
      partitions = known;
    }
    long now = nanoTime.getAsLong();
    if (now - lastDiscoveryNanos < settings.partitionDiscoveryInterval().toNanos()) {
      return;
    }
    lastDiscoveryNanos = now;
    var unused =
        log.log()
            .refreshPartitions()
            .whenComplete(
                (found, trouble) -> {
                  if (trouble != null) {
                    LOG.warn("cannot look for new partitions of log {}", settings.log(), trouble);
                  }
                });
  }

  @Override
  public List<History> snapshotState(long checkpointId) {
    return Collections.nCopies(COPIES_OF_STATE, history);
  }

  @Override
  public void close() {
    stager.close();
    log.close();
  }
}
