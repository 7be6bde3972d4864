package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import java.io.IOException;
import java.io.Serializable;
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
   * Emits none, one or several elements for a record. They get the record's timestamp.
   *
   * @param partition where the record is from
   * @param offset of the record in its partition
   * @param record must not be changed
   * @param out takes the elements, during this call only
   * @throws IOException if the record cannot be deserialized; it fails the job
   */
  void deserialize(int partition, long offset, LogRecord record, Collector<T> out)
      throws IOException;

  /** The type of the elements. */
  TypeInformation<T> getProducedType();
}
