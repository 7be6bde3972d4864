package io.raftless.flink.sink;

import io.raftless.flink.metrics.StoreMetrics;
import io.raftless.log.LogId;
import io.raftless.log.StagedBatch;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Hears what was committed, and has those partitions compacted in the background. It has no state:
 * what is not compacted when the job stops is due again at the next commit.
 *
 * <p>When the input ends it waits for the compactions that are due, since for a bounded job there
 * is no next commit; when the task is cancelled or fails, it interrupts them.
 */
final class CompactionOperator extends AbstractStreamOperator<Void>
    implements OneInputStreamOperator<CommittableMessage<StagedObject>, Void> {
  private static final long serialVersionUID = 1L;

  private final StoreFactory store;
  private final LogId log;
  private final Duration patienceAtTheEnd;

  private transient @Nullable CompactionWorker worker;
  private transient boolean isFinished;

  /**
   * @param patienceAtTheEnd how long the end of the job waits for compactions
   */
  CompactionOperator(StoreFactory store, LogId log, Duration patienceAtTheEnd) {
    this.store = store;
    this.log = log;
    this.patienceAtTheEnd = patienceAtTheEnd;
  }

  @Override
  public void open() throws Exception {
    super.open();
    MetricGroup operator = getMetricGroup();
    CompactionWorker opened =
        new CompactionWorker(log, () -> LogPartitionCompactor.open(store, log, operator));
    worker = opened;
    MetricGroup group = operator.addGroup(StoreMetrics.GROUP);
    group.gauge("compactions", (Gauge<Long>) opened::compactions);
    group.gauge("compactionFailures", (Gauge<Long>) opened::failures);
    group.gauge("compactionsDue", (Gauge<Integer>) opened::due);
    group.gauge("lastCompactionMillis", (Gauge<Long>) opened::lastCompactionMillis);
  }

  @Override
  public void processElement(StreamRecord<CommittableMessage<StagedObject>> element) {
    CompactionWorker opened = worker;
    if (opened != null
        && element.getValue() instanceof CommittableWithLineage<StagedObject> committed) {
      Set<Integer> partitions = new TreeSet<>();
      for (StagedBatch batch : committed.getCommittable().batches()) {
        partitions.add(batch.partition());
      }
      opened.look(partitions);
    }
  }

  @Override
  public void finish() throws Exception {
    super.finish();
    isFinished = true;
  }

  @Override
  public void close() throws Exception {
    CompactionWorker opened = worker;
    if (opened != null) {
      worker = null;
      try {
        if (isFinished && !opened.awaitIdle(patienceAtTheEnd)) {
          LOG.warn(
              "compactions of log {} are not done {} after the end of the input and are broken"
                  + " off, which does no harm",
              log,
              patienceAtTheEnd);
        }
      } finally {
        opened.close();
      }
    }
    super.close();
  }
}
