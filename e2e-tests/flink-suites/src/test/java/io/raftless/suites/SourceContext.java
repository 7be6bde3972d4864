package io.raftless.suites;

import io.raftless.flink.source.RaftlessSource;
import io.raftless.flink.source.RaftlessSourceBuilder;
import io.raftless.flink.source.StartPosition;
import io.raftless.flink.source.StopPosition;
import io.raftless.format.LogRecord;
import io.raftless.log.AppendConditions;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import java.net.URL;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.testframe.external.ExternalSystemSplitDataWriter;
import org.apache.flink.connector.testframe.external.source.DataStreamSourceExternalContext;
import org.apache.flink.connector.testframe.external.source.TestingSourceSettings;

/** A log of its own for each test; each split that the suite asks for is one more partition. */
final class SourceContext implements DataStreamSourceExternalContext<String> {
  private final EmbeddedStore store;
  private final RaftlessLog log;
  private int splits;

  SourceContext(EmbeddedStore store) {
    this.store = store;
    LogId id = EmbeddedStore.newLog();
    this.log = RaftlessLog.create(store.client(), id, 1);
  }

  @Override
  public Source<String, ?, ?> createSource(TestingSourceSettings settings) {
    RaftlessSourceBuilder<String> builder =
        RaftlessSource.<String>builder()
            .setStore(store.factory())
            .setLog(log.id())
            .setStartPosition(StartPosition.earliest())
            .setDeserializer(new TextRecords.Deserializer());
    if (settings.getBoundedness() == Boundedness.BOUNDED) {
      builder.setStopPosition(StopPosition.latest());
    }
    return builder.build();
  }

  @Override
  public ExternalSystemSplitDataWriter<String> createSourceSplitDataWriter(
      TestingSourceSettings settings) {
    int partition = splits++;
    if (partition >= log.partitions()) {
      log.addPartitions(partition + 1).join();
    }
    return new PartitionWriter(log, partition);
  }

  @Override
  public List<String> generateTestData(TestingSourceSettings settings, int split, long seed) {
    return TextRecords.generate(split, seed);
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
    log.close();
  }

  @Override
  public String toString() {
    return "a log with a partition for each split";
  }

  /** Appends to one partition. */
  private record PartitionWriter(RaftlessLog log, int partition)
      implements ExternalSystemSplitDataWriter<String> {

    @Override
    public void writeRecords(List<String> lines) {
      List<LogRecord> records = lines.stream().map(line -> TextRecords.record(line, 0)).toList();
      try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
        writer.append(partition, records, AppendConditions.NONE).join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while writing partition " + partition, e);
      }
    }

    @Override
    public void close() {
      // The log is the context's.
    }
  }
}
