package io.raftless.flink.sink;

import io.raftless.flink.sink.AppendFailures.Failed;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.log.LogWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends records as they come, in groups, several uploads at a time.
 *
 * <p>With {@code AT_LEAST_ONCE} a checkpoint waits until all records before it are in the log, and
 * the first append that fails, or of which nobody knows, fails the task: from the last checkpoint
 * on, everything is written again. With {@code NONE} nothing waits but the end of the input; what
 * failed is counted, told and lost, and the records after it are written. In both, records of one
 * partition get into the log in the order in which they came here: those behind a failed one fail
 * as well, until it was dealt with.
 *
 * <p>What failed in the background is dealt with at the next write or flush.
 */
final class WriteThroughWriter<T> implements SinkWriter<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WriteThroughWriter.class);

  /** Appends end by themselves long before, when the log's commit time-out is over. */
  private static final Duration LONGEST_DRAIN = Duration.ofHours(1);

  private static final long WARNING_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private final WriteThroughSettings<T> settings;
  private final OpenLog log;
  private final LogWriter writer;
  private final PartitionCount partitions;
  private final SinkWriterMetricGroup metrics;
  private final AppendFailures failures = new AppendFailures();

  /** Lost records that no warning has told of yet; of {@code NONE} only. */
  private long untold;

  private long lastWarningNanos = System.nanoTime() - WARNING_INTERVAL_NANOS;

  WriteThroughWriter(WriteThroughSettings<T> settings, OpenLog log, SinkWriterMetricGroup metrics) {
    this.settings = settings;
    this.log = log;
    this.writer = log.log().newWriter(settings.writerOptions());
    this.partitions = new PartitionCount(log.log(), settings.partitionDiscoveryInterval());
    this.metrics = metrics;
  }

  @Override
  public void write(T element, Context context) throws IOException, InterruptedException {
    dealWithFailures();
    LogRecord record = settings.serializer().serialize(element, context.timestamp());
    int count = partitions.current();
    int partition = settings.partitioner().partition(element, record, count);
    if (partition < 0 || partition >= count) {
      throw new IOException(
          "the partitioner chose partition "
              + partition
              + ", but log "
              + settings.log()
              + " has partitions 0 to "
              + (count - 1));
    }
    append(partition, record);
    metrics.getNumRecordsSendCounter().inc();
    metrics.getNumBytesSendCounter().inc(bytes(record));
  }

  private void append(int partition, LogRecord record) throws IOException, InterruptedException {
    CompletableFuture<Long> offset;
    try {
      offset = writer.append(partition, record);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "an element cannot be written to log " + settings.log() + ": " + e.getMessage(), e);
    }
    var unused =
        offset.whenComplete(
            (appended, trouble) -> {
              if (trouble != null) {
                failures.add(partition, trouble);
              }
            });
  }

  private static long bytes(LogRecord record) {
    long bytes = length(record.key()) + length(record.value());
    for (RecordHeader header : record.headers()) {
      bytes += header.name().length() + length(header.value());
    }
    return bytes;
  }

  private static long length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  @Override
  public void flush(boolean endOfInput) throws IOException, InterruptedException {
    if (settings.guarantee() == DeliveryGuarantee.AT_LEAST_ONCE) {
      awaitAll();
    } else if (endOfInput) {
      // Not flush(): that one ends with the first failure, and others may be under way.
      if (!writer.close(LONGEST_DRAIN)) {
        throw new IOException(
            "log " + settings.log() + " did not take the last records in " + LONGEST_DRAIN);
      }
    }
    dealWithFailures();
    if (endOfInput) {
      tellOfLost();
    }
  }

  private void awaitAll() throws IOException, InterruptedException {
    try {
      writer.flush().get();
    } catch (ExecutionException e) {
      // By record, if they are known already.
      dealWithFailures();
      Throwable cause = AppendFailures.origin(e.getCause() == null ? e : e.getCause());
      throw AppendFailure.toException(settings.log(), cause);
    }
  }

  private void dealWithFailures() throws IOException {
    if (failures.isEmpty()) {
      return;
    }
    Collection<Failed> failed = failures.drain();
    metrics.getNumRecordsSendErrorsCounter().inc(failed.stream().mapToLong(Failed::records).sum());
    for (Failed some : failed) {
      if (settings.guarantee() == DeliveryGuarantee.AT_LEAST_ONCE
          || AppendFailure.isForGood(some.cause())) {
        throw AppendFailure.toException(settings.log(), some.cause());
      }
      untold += some.records();
      warn(some);
      writer.goOn(some.partition());
    }
  }

  /** Not for every batch: an outage would fill the disk. */
  private void warn(Failed failed) {
    long now = System.nanoTime();
    if (now - lastWarningNanos >= WARNING_INTERVAL_NANOS) {
      lastWarningNanos = now;
      LOG.warn(
          "{} records were not written to log {}, or nobody knows, and are not tried again"
              + " (delivery guarantee 'none'); the last ones were for partition {}",
          untold,
          settings.log(),
          failed.partition(),
          failed.cause());
      untold = 0;
    }
  }

  private void tellOfLost() {
    if (untold > 0) {
      LOG.warn("{} more records were not written to log {}", untold, settings.log());
      untold = 0;
    }
  }

  /** Nothing is waited for: after the end of the input there is nothing, else it is a failure. */
  @Override
  public void close() {
    tellOfLost();
    writer.closeNow();
    log.close();
  }
}
