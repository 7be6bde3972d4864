package io.raftless.connect.source;

import java.util.Map;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record on its way to Kafka, which knows whom to tell when it is there. *Because* Connect gives
 * back the very record that it got, nobody has to look for its partition by a map, nor for its
 * offset in another one: that was a fifth of what the producer's thread did.
 */
final class PolledRecord extends SourceRecord {
  private final Acknowledged acknowledged;
  private final long offset;

  /**
   * A record with the offset after its own as its source offset.
   *
   * @param acknowledged of its partition
   * @param sourcePartition as Connect stores it
   * @param offset of the record in the log
   * @param kafkaPartition null for the producer to choose
   * @param timestamp null for none
   */
  PolledRecord(
      Acknowledged acknowledged,
      Map<String, ?> sourcePartition,
      long offset,
      String topic,
      @Nullable Integer kafkaPartition,
      SchemaAndValue key,
      SchemaAndValue value,
      @Nullable Long timestamp,
      Headers headers) {
    super(
        sourcePartition,
        SourcePartition.offset(offset + 1),
        topic,
        kafkaPartition,
        key.schema(),
        key.value(),
        value.schema(),
        value.value(),
        timestamp,
        headers);
    this.acknowledged = acknowledged;
    this.offset = offset;
  }

  /** It is in Kafka, or was dropped on purpose. */
  void acknowledge() {
    acknowledged.record(offset);
  }
}
