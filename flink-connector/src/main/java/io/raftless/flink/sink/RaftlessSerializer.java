package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import java.io.IOException;
import java.io.Serializable;
import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.jspecify.annotations.Nullable;

/**
 * Makes a log record of a stream element.
 *
 * <p>It travels in the job graph; each writer subtask uses a copy of its own, from one thread.
 *
 * @param <T> type of the elements
 */
@FunctionalInterface
public interface RaftlessSerializer<T> extends Serializable {

  /**
   * Called once, before the first element.
   *
   * @param context the writer's metrics and class loader
   * @param subtask which writer, 0 to {@code parallelism} - 1
   * @param parallelism how many writers there are
   * @throws Exception if the serializer cannot work; it fails the job
   */
  default void open(SerializationSchema.InitializationContext context, int subtask, int parallelism)
      throws Exception {}

  /**
   * Makes the record to write. Its byte arrays are not copied and must not change afterwards.
   *
   * @param element what the stream carries
   * @param timestamp the element's event time in milliseconds since the epoch, or null if the
   *     stream has no timestamps
   * @return the record, never null
   * @throws IOException if the element cannot be serialized; it fails the job
   */
  LogRecord serialize(T element, @Nullable Long timestamp) throws IOException;

  /**
   * Records without a key; {@code schema} makes the value. A value of null makes a tombstone.
   *
   * <p>The record's timestamp is that of the element; of an element without one it is the writer's
   * clock at that moment, so that time-based retention and seeks make sense. Such an element gets
   * another timestamp when it is written again after a failure.
   */
  static <T> RaftlessSerializer<T> value(SerializationSchema<T> schema) {
    return new SchemaSerializer<>(null, Objects.requireNonNull(schema, "schema"));
  }

  /**
   * The same with a key. A key of null makes a record without one.
   *
   * @param key makes the key of an element
   * @param value makes its value
   */
  static <T> RaftlessSerializer<T> keyValue(
      SerializationSchema<T> key, SerializationSchema<T> value) {
    return new SchemaSerializer<>(
        Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
  }
}
