package io.raftless.connect.convert;

import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.jspecify.annotations.Nullable;

/**
 * Converts records between Connect and the log, see {@link ConvertOptions}. As thread-safe as its
 * converters: one thread uses it.
 */
public final class LogFormat implements AutoCloseable {
  /** The timestamp of a record that has none; Kafka's clients call it {@code NO_TIMESTAMP}. */
  public static final long NO_TIMESTAMP = -1;

  private final Converter keys;
  private final Converter values;
  private final HeaderConverter headers;

  LogFormat(Converter keys, Converter values, HeaderConverter headers) {
    this.keys = keys;
    this.values = values;
    this.headers = headers;
  }

  /**
   * What a record is in the log.
   *
   * @param topic that converters are told
   * @param more headers to add after its own
   * @throws org.apache.kafka.connect.errors.DataException if a converter does not take it
   */
  public LogRecord toLog(String topic, ConnectRecord<?> record, List<RecordHeader> more) {
    List<RecordHeader> all = new ArrayList<>(record.headers().size() + more.size());
    for (Header header : record.headers()) {
      all.add(
          new RecordHeader(
              header.key(),
              headers.fromConnectHeader(topic, header.key(), header.schema(), header.value())));
    }
    all.addAll(more);
    return new LogRecord(
        keys.fromConnectData(topic, record.keySchema(), record.key()),
        values.fromConnectData(topic, record.valueSchema(), record.value()),
        all,
        record.timestamp() == null ? NO_TIMESTAMP : record.timestamp());
  }

  /** The key of a record of the log. */
  public SchemaAndValue key(String topic, LogRecord record) {
    return keys.toConnectData(topic, record.key());
  }

  /** The value of a record of the log. */
  public SchemaAndValue value(String topic, LogRecord record) {
    return values.toConnectData(topic, record.value());
  }

  /** The headers of a record of the log. */
  public Headers headers(String topic, LogRecord record) {
    ConnectHeaders all = new ConnectHeaders();
    for (RecordHeader header : record.headers()) {
      all.add(header.name(), headers.toConnectHeader(topic, header.name(), header.value()));
    }
    return all;
  }

  /** The timestamp of a record of the log; null if it has none. */
  public static @Nullable Long timestamp(LogRecord record) {
    return record.timestamp() == NO_TIMESTAMP ? null : record.timestamp();
  }

  @Override
  public void close() {
    Utils.closeQuietly(keys, "key converter");
    Utils.closeQuietly(values, "value converter");
    Utils.closeQuietly(headers, "header converter");
  }
}
