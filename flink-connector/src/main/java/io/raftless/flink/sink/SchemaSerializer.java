package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import java.time.Clock;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.jspecify.annotations.Nullable;

/** Makes keys and values with Flink's own serialization schemas. */
final class SchemaSerializer<T> implements RaftlessSerializer<T> {
  private static final long serialVersionUID = 1L;

  private final @Nullable SerializationSchema<T> key;
  private final SerializationSchema<T> value;

  SchemaSerializer(@Nullable SerializationSchema<T> key, SerializationSchema<T> value) {
    this.key = key;
    this.value = value;
  }

  @Override
  public void open(SerializationSchema.InitializationContext context, int subtask, int parallelism)
      throws Exception {
    if (key != null) {
      key.open(context);
    }
    value.open(context);
  }

  @Override
  public LogRecord serialize(T element, @Nullable Long timestamp) {
    return LogRecord.of(
        key == null ? null : key.serialize(element),
        value.serialize(element),
        timestamp == null ? Clock.systemUTC().millis() : timestamp);
  }
}
