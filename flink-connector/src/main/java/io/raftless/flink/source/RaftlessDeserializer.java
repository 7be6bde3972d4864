package io.raftless.flink.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.Objects;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/**
 * Makes stream elements of a log record.
 *
 * <p>It travels in the job graph; each reader subtask uses a copy of its own, from one thread.
 *
 * @param <T> type of the elements
 */
public interface RaftlessDeserializer<T> extends Serializable {

  /**
   * Called once, before the first record.
   *
   * @param context the reader's metrics and class loader
   * @throws Exception if the deserializer cannot work; it fails the job
   */
  default void open(DeserializationSchema.InitializationContext context) throws Exception {}

  /**
   * Emits none, one or several elements for a record. They get the record's timestamp.
   *
   * @param record with its place; must not be changed
   * @param out takes the elements, during this call only
   * @throws IOException if the record cannot be deserialized
   */
  void deserialize(RaftlessRecord record, Collector<T> out) throws IOException;

  /** The type of the elements. */
  TypeInformation<T> getProducedType();

  /**
   * Elements are the values, read with {@code schema}. Keys and headers are not looked at. A record
   * without a value (a tombstone) gives no element. The end of the stream is where the source was
   * told to stop: {@link DeserializationSchema#isEndOfStream} is not asked.
   */
  static <T> RaftlessDeserializer<T> value(DeserializationSchema<T> schema) {
    return new ValueDeserializer<>(Objects.requireNonNull(schema, "schema"));
  }
}
