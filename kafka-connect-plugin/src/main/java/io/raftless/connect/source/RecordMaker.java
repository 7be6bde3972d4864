package io.raftless.connect.source;

import io.raftless.connect.convert.LogFormat;
import io.raftless.format.LogRecord;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.Headers;
import org.jspecify.annotations.Nullable;

/** Makes Connect's records of those of one partition. One thread uses it. */
final class RecordMaker {
  private final LogFormat format;
  private final SourcePartition partition;
  private final Map<String, Object> sourcePartition;
  private final String topic;
  private final @Nullable Integer kafkaPartition;

  /**
   * @param kafkaPartition null for the producer to choose
   */
  RecordMaker(
      LogFormat format, SourcePartition partition, String topic, @Nullable Integer kafkaPartition) {
    this.format = format;
    this.partition = partition;
    this.sourcePartition = partition.toMap();
    this.topic = topic;
    this.kafkaPartition = kafkaPartition;
  }

  /**
   * The record at an offset, with the offset after it as its source offset.
   *
   * @param acknowledged who is told when Kafka has it
   * @throws DataException if Kafka cannot have it
   */
  PolledRecord make(long offset, LogRecord record, Acknowledged acknowledged) {
    try {
      SchemaAndValue key = format.key(topic, record);
      SchemaAndValue value = format.value(topic, record);
      Headers headers = format.headers(topic, record);
      Long timestamp = LogFormat.timestamp(record);
      if (timestamp != null && timestamp < 0) {
        throw new DataException("its timestamp is " + timestamp + ", and Kafka has none below 0");
      }
      return new PolledRecord(
          acknowledged,
          sourcePartition,
          offset,
          topic,
          kafkaPartition,
          key,
          value,
          timestamp,
          headers);
    } catch (RetriableException e) {
      // Such as a schema registry that is away: Connect polls again, and this record comes again.
      throw e;
    } catch (RuntimeException e) {
      throw new DataException(
          "the record at offset "
              + offset
              + " of "
              + partition
              + " cannot become one of topic "
              + topic
              + ": "
              + e.getMessage()
              + ". Change the log.*.converter options, or pass it by: stop the connector, and set"
              + " the offset of "
              + sourcePartition
              + " to "
              + (offset + 1)
              + " with Connect's REST API",
          e);
    }
  }
}
