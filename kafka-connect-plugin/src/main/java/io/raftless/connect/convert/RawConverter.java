package io.raftless.connect.convert;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.jspecify.annotations.Nullable;

/** Bytes as they are; nothing is distinct from no bytes. */
final class RawConverter implements Converter, HeaderConverter {
  private final String what;
  private final String connectOption;

  /**
   * @param what is converted, for messages
   * @param connectOption which of Connect's options has to be right for it
   */
  RawConverter(String what, String connectOption) {
    this.what = what;
    this.connectOption = connectOption;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {}

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public String version() {
    // Nobody finds it as a plugin: it is a part of ours.
    return "raw";
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef();
  }

  @Override
  public byte @Nullable [] fromConnectData(
      String topic, @Nullable Schema schema, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    if (value instanceof ByteBuffer buffer) {
      return Utils.toArray(buffer.duplicate());
    }
    throw new DataException(
        "the "
            + what
            + " is of "
            + value.getClass().getName()
            + ", not bytes: set "
            + connectOption
            + "=org.apache.kafka.connect.converters.ByteArrayConverter for this connector, or log."
            + connectOption
            + " to a converter that makes bytes of it");
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte @Nullable [] value) {
    return new SchemaAndValue(Schema.OPTIONAL_BYTES_SCHEMA, value);
  }

  @Override
  public byte @Nullable [] fromConnectHeader(
      String topic, String name, @Nullable Schema schema, @Nullable Object value) {
    return fromConnectData(topic, schema, value);
  }

  @Override
  public SchemaAndValue toConnectHeader(String topic, String name, byte @Nullable [] value) {
    return toConnectData(topic, value);
  }

  @Override
  public void close() {}
}
