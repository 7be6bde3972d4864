package io.raftless.suites;

import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.sink.RaftlessSinkBuilder;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.flink.connector.testframe.external.sink.DataStreamSinkV2ExternalContext;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;

/** A log of its own for each test. */
final class SinkContext implements DataStreamSinkV2ExternalContext<String> {
  private static final int PARTITIONS = 3;

  private final EmbeddedStore store;
  private final RaftlessLog log;
  private final List<LogReader> readers = new ArrayList<>();

  SinkContext(EmbeddedStore store) {
    this.store = store;
    LogId id = EmbeddedStore.newLog();
    this.log = RaftlessLog.create(store.client(), id, PARTITIONS);
  }

  @Override
  public Sink<String> createSink(TestingSinkSettings settings) {
    RaftlessSinkBuilder<String> sink =
        RaftlessSink.<String>builder()
            .setStore(store.factory())
            .setLog(log.id())
            .setSerializer(new TextRecords.Serializer());
    return isExactlyOnce(settings)
        ? sink.setSinkId("suite").build()
        : sink.setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build();
  }

  @SuppressWarnings("deprecation") // The suite has no other way to say it yet.
  private static boolean isExactlyOnce(TestingSinkSettings settings) {
    return settings.getCheckpointingMode()
        == org.apache.flink.streaming.api.CheckpointingMode.EXACTLY_ONCE;
  }

  @Override
  public ExternalSystemDataReader<String> createSinkDataReader(TestingSinkSettings settings) {
    LogReader reader = log.newReader(ReaderOptions.defaults());
    readers.add(reader);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      reader.assign(partition, 0);
    }
    return new Polling(reader);
  }

  @Override
  public List<String> generateTestData(TestingSinkSettings settings, long seed) {
    return TextRecords.generate(0, seed);
  }

  @Override
  public TypeInformation<String> getProducedType() {
    return Types.STRING;
  }

  @Override
  public List<URL> getConnectorJarPaths() {
    return List.of();
  }

  @Override
  public void close() {
    // The suite does not close the readers that it asks for.
    readers.forEach(LogReader::close);
    log.close();
  }

  @Override
  public String toString() {
    return "a log of " + PARTITIONS + " partitions";
  }

  /** Reads all partitions from their beginnings. */
  private record Polling(LogReader reader) implements ExternalSystemDataReader<String> {

    @Override
    public List<String> poll(Duration timeout) {
      try {
        Optional<ReadBatch> batch = reader.poll(timeout);
        List<LogRecord> records = batch.map(ReadBatch::records).orElse(List.of());
        return records.stream().map(TextRecords::line).toList();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while reading", e);
      }
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
