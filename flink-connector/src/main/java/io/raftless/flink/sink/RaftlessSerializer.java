package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import java.io.IOException;
import java.io.Serializable;
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
}
