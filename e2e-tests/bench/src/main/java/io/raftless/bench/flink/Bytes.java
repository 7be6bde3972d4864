package io.raftless.bench.flink;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Elements are the bytes of the values: nothing is decoded. */
final class Bytes implements SerializationSchema<byte[]>, DeserializationSchema<byte[]> {
  private static final long serialVersionUID = 1L;

  static final TypeInformation<byte[]> TYPE = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

  @Override
  public byte[] serialize(byte[] element) {
    return element;
  }

  @Override
  public byte[] deserialize(byte[] message) {
    return message;
  }

  @Override
  public boolean isEndOfStream(byte[] element) {
    return false;
  }

  @Override
  public TypeInformation<byte[]> getProducedType() {
    return TYPE;
  }
}
