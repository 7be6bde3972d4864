package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/**
 * The first phase: uploads records without making them visible.
 *
 * <p>It has no state in checkpoints. What it staged since the last barrier leaves it as
 * committables before each barrier, and from then on it is the committer's state. What it uploaded
 * after the barrier is replayed by the source when the job restarts; those objects are in nobody's
 * checkpoint then, never become visible, and vacuum removes them.
 */
final class StagingWriter<T> implements CommittingSinkWriter<T, StagedObject> {
  private final SinkSettings<T> settings;
  private final OpenLog log;
  private final Stager stager;
  private final int partitions;
  private final int subtask;
  private final SinkWriterMetricGroup metrics;
  private long nextSequence;

  StagingWriter(SinkSettings<T> settings, OpenLog log, int subtask, SinkWriterMetricGroup metrics) {
    this.settings = settings;
    this.log = log;
    this.stager = log.log().newStager(settings.stagerOptions());
    this.partitions = log.log().partitions();
    this.subtask = subtask;
    this.metrics = metrics;
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
    for (List<StagedBatch> batches : staged()) {
      objects.add(new StagedObject(settings.submissionId(), subtask, nextSequence++, batches));
      for (StagedBatch batch : batches) {
        metrics.getNumBytesSendCounter().inc(batch.batch().length());
      }
    }
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

  @Override
  public void close() {
    stager.close();
    log.close();
  }
}
