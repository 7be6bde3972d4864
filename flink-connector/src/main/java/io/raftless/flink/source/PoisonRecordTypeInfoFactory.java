package io.raftless.flink.source;

import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** How Flink finds the type of {@link PoisonRecord}s. */
public final class PoisonRecordTypeInfoFactory extends TypeInfoFactory<PoisonRecord> {
  @Override
  public TypeInformation<PoisonRecord> createTypeInfo(
      Type type, Map<String, TypeInformation<?>> genericParameters) {
    return new PoisonRecordTypeInfo();
  }
}
