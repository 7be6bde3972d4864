package io.raftless.flink.source;

import java.io.IOException;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/** Reads values with one of Flink's own deserialization schemas. */
final class ValueDeserializer<T> implements RaftlessDeserializer<T> {
  private static final long serialVersionUID = 1L;

  private final DeserializationSchema<T> schema;

  ValueDeserializer(DeserializationSchema<T> schema) {
    this.schema = schema;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) throws Exception {
    schema.open(context);
  }

  @Override
  public void deserialize(RaftlessRecord record, Collector<T> out) throws IOException {
    byte[] value = record.record().value();
    if (value != null) {
      schema.deserialize(value, out);
    }
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return schema.getProducedType();
  }
}
