package io.raftless.connect;

import io.raftless.connect.source.SourceConfig;
import io.raftless.connect.source.SourceControl;
import io.raftless.connect.source.SourceReading;
import io.raftless.store.StoreFactory;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/** A task of {@link RaftlessSourceConnector}. */
public final class RaftlessSourceTask extends SourceTask {
  private final Function<SourceConfig, StoreFactory> stores;
  private final LongSupplier nanos;

  /** Null before the start. */
  private volatile @Nullable SourceReading reading;

  /** For Connect. */
  public RaftlessSourceTask() {
    this(SourceControl::storeOf, System::nanoTime);
  }

  RaftlessSourceTask(Function<SourceConfig, StoreFactory> stores, LongSupplier nanos) {
    this.stores = stores;
    this.nanos = nanos;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }

  @Override
  public void start(Map<String, String> options) {
    reading = SourceReading.begin(options, context, stores, nanos);
  }

  @Override
  public @Nullable List<SourceRecord> poll() throws InterruptedException {
    SourceReading started = reading;
    if (started == null) {
      throw new IllegalStateException("the task is not started");
    }
    return started.poll();
  }

  @Override
  public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
    SourceReading started = reading;
    if (started != null) {
      started.commitRecord(record);
    }
  }

  @Override
  public void commit() {
    SourceReading started = reading;
    if (started != null) {
      started.commit();
    }
  }

  @Override
  public void stop() {
    SourceReading started = reading;
    if (started != null) {
      started.stop();
    }
  }
}
