package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import java.util.Objects;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.OutputTag;

/**
 * A record that could not be deserialized, as it is in the log. {@link
 * RaftlessSourceBuilder#buildStream(StreamExecutionEnvironment, WatermarkStrategy, String,
 * OutputTag)} makes a side output of them.
 *
 * @param log where the record is from
 * @param partition of the log
 * @param offset of the record in its partition
 * @param record key, value, headers and timestamp; its arrays must not be changed
 * @param error what the deserializer threw, as text
 */
@TypeInfo(PoisonRecordTypeInfoFactory.class)
public record PoisonRecord(LogId log, int partition, long offset, LogRecord record, String error) {
  public PoisonRecord {
    Objects.requireNonNull(log, "log");
    Objects.requireNonNull(record, "record");
    Objects.requireNonNull(error, "error");
  }

  /** A side output for such records, with their type. */
  public static OutputTag<PoisonRecord> tag(String name) {
    return new OutputTag<>(name, new PoisonRecordTypeInfo());
  }
}
