package io.raftless.connect.sink;

import io.raftless.connect.convert.LogFormat;
import io.raftless.format.BatchBuilder;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/** Makes records of the log of what Connect delivers. Used by the task's thread only. */
final class Intake {
  /** Objects around a record: itself, its arrays and list, its place in the buffer. */
  private static final int RECORD_OVERHEAD = 200;

  private static final int HEADER_OVERHEAD = 100;

  /** What a record is to the sink. */
  sealed interface Outcome {
    /** To be written. */
    record Take(LogRecord record, long bytes) implements Outcome {}

    /** Left out on purpose. */
    record Skip() implements Outcome {}

    /** Cannot be written. */
    record Bad(DataException why) implements Outcome {}
  }

  private final LogFormat format;
  private final SinkSettings.Records settings;

  Intake(LogFormat format, SinkSettings.Records settings) {
    this.format = format;
    this.settings = settings;
  }

  /**
   * Converts a record.
   *
   * @throws org.apache.kafka.connect.errors.RetriableException if a converter says so
   */
  Outcome convert(SinkRecord record, int maxRecordBytes) {
    if (settings.onRerouted() == OnRerouted.REJECT
        && !(record.topic().equals(record.originalTopic())
            && record.kafkaPartition().equals(record.originalKafkaPartition()))) {
      return bad(
          where(record)
              + " was sent to "
              + record.topic()
              + "-"
              + record.kafkaPartition()
              + " by a transformation, which the sink does not follow: remove the transformation,"
              + " or set on.rerouted=ignore to write it where its original partition belongs");
    }
    if (record.value() == null) {
      if (settings.tombstones() == Tombstones.SKIP) {
        return new Outcome.Skip();
      }
      if (settings.tombstones() == Tombstones.FAIL) {
        return bad(where(record) + " has no value: set tombstones=write or tombstones=skip");
      }
    }
    LogRecord converted;
    try {
      converted = format.toLog(record.topic(), record, origin(record));
    } catch (DataException | SerializationException e) {
      return new Outcome.Bad(
          new DataException(where(record) + " cannot be converted: " + e.getMessage(), e));
    }
    long bytes = BatchBuilder.maxEncodedBytes(converted);
    if (bytes > maxRecordBytes) {
      return bad(
          where(record)
              + " takes up to "
              + bytes
              + " bytes, and the log takes records of "
              + maxRecordBytes
              + " at most: raise its setting, or leave such records out");
    }
    return new Outcome.Take(
        converted, bytes + RECORD_OVERHEAD + (long) HEADER_OVERHEAD * converted.headers().size());
  }

  /** Made only when something is wrong: most records never need it. */
  private static String where(SinkRecord record) {
    return "record at offset "
        + record.originalKafkaOffset()
        + " of "
        + record.originalTopic()
        + "-"
        + record.originalKafkaPartition();
  }

  private static Outcome bad(String message) {
    return new Outcome.Bad(new DataException(message));
  }

  private List<RecordHeader> origin(SinkRecord record) {
    if (!settings.originHeaders()) {
      return List.of();
    }
    return List.of(
        header("topic", record.originalTopic()),
        header("partition", String.valueOf(record.originalKafkaPartition())),
        header("offset", String.valueOf(record.originalKafkaOffset())));
  }

  private RecordHeader header(String name, String value) {
    return new RecordHeader(
        settings.originHeadersPrefix() + name, value.getBytes(StandardCharsets.UTF_8));
  }
}
