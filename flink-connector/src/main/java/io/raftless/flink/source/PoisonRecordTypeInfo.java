package io.raftless.flink.source;

import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** The type of {@link PoisonRecord}s: they have a serializer of their own. */
final class PoisonRecordTypeInfo extends TypeInformation<PoisonRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<PoisonRecord> getTypeClass() {
    return PoisonRecord.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<PoisonRecord> createSerializer(SerializerConfig config) {
    return PoisonRecordSerializer.INSTANCE;
  }

  @Override
  public String toString() {
    return "PoisonRecord";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PoisonRecordTypeInfo;
  }

  @Override
  public int hashCode() {
    return PoisonRecordTypeInfo.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof PoisonRecordTypeInfo;
  }
}
