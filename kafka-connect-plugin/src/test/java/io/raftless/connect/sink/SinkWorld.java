package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.store.MemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.jspecify.annotations.Nullable;

/** Kafka, a store, a clock that only the test moves, and workers; what is in the logs. */
final class SinkWorld implements AutoCloseable {
  static final long FENCED_RETRY = 60_000;

  final MemoryObjectStore honest = new MemoryObjectStore();
  final FakeKafka kafka = new FakeKafka();
  final AtomicLong clock = new AtomicLong(1_000_000);
  private final List<FakeWorker> workers = new ArrayList<>();

  SinkSettings settings =
      SinkSettings.of(
              () -> new ScriptedStore(honest),
              TopicMapping.sameNames("logs"),
              new WriterIdNames("sink"))
          .withFlush(new SinkSettings.Flush(1 << 20, 10, 5_000))
          .withMemory(new SinkSettings.Memory(8 << 20, 1 << 20, 2, Compression.ZSTD))
          .withPatience(
              new SinkSettings.Patience(10_000, 10_000, FENCED_RETRY, 100, 1_000, 900_000));

  SinkWorld with(UnaryOperator<SinkSettings> change) {
    settings = change.apply(settings);
    return this;
  }

  LongSupplier clock() {
    return clock::get;
  }

  FakeWorker worker() {
    return worker(new ScriptedStore(honest));
  }

  /** A worker whose store is another one on the way to the same. */
  FakeWorker worker(ScriptedStore store) {
    return worker(store, null);
  }

  FakeWorker worker(ScriptedStore store, @Nullable ErrantRecordReporter reporter) {
    SinkSettings own =
        new SinkSettings(
            () -> store,
            settings.mapping(),
            settings.names(),
            settings.flush(),
            settings.memory(),
            settings.patience(),
            settings.records(),
            settings.resume());
    FakeWorker worker = new FakeWorker(kafka, own, clock(), reporter);
    workers.add(worker);
    return worker;
  }

  /** What is in the log, in order. */
  List<String> written(TopicPartition id) {
    return records(id).stream()
        .map(
            record -> {
              byte[] value = record.value();
              return value == null ? "null" : new String(value, StandardCharsets.UTF_8);
            })
        .toList();
  }

  List<LogRecord> records(TopicPartition id) {
    LogTarget target = settings.mapping().target(id);
    List<LogRecord> records = new ArrayList<>();
    try (RaftlessLog log = RaftlessLog.open(honest, target.log());
        LogReader reader = log.newReader(ReaderOptions.defaults())) {
      long end = log.status(target.partition()).join().nextOffset();
      reader.assign(target.partition(), 0);
      while (records.size() < end) {
        Optional<ReadBatch> batch = reader.poll(Duration.ofSeconds(10));
        records.addAll(batch.orElseThrow().records());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return records;
  }

  /** Every record of Kafka is in the log once, in order, and the log is intact. */
  void assertExactlyOnce(TopicPartition... ids) {
    for (TopicPartition id : ids) {
      assertThat(written(id)).isEqualTo(kafka.expected(id));
      LogId log = settings.mapping().log(id.topic());
      try (RaftlessLog open = RaftlessLog.open(honest, log)) {
        assertThat(open.verify(VerifyOptions.full()).isIntact()).isTrue();
      }
    }
  }

  StoredPosition position(TopicPartition id) {
    LogTarget target = settings.mapping().target(id);
    try (RaftlessLog log = RaftlessLog.open(honest, target.log())) {
      String json =
          log.describe().join().partitions().get(target.partition()).writers().stream()
              .filter(writer -> writer.writerId().equals(settings.names().of(id)))
              .findFirst()
              .orElseThrow()
              .position();
      return StoredPosition.decode(json == null ? "" : json);
    }
  }

  @Override
  public void close() {
    workers.forEach(FakeWorker::close);
  }
}
