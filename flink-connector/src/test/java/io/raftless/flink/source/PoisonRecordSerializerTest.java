package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.testing.Numbered;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.log.LogId;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.Either;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.Test;

final class PoisonRecordSerializerTest {
  private static final PoisonRecord POISON =
      new PoisonRecord(
          LogId.of("some/prefix", "log"),
          3,
          1L << 40,
          new LogRecord(
              null,
              new byte[] {1, 2},
              List.of(new RecordHeader("", null), new RecordHeader("ä", new byte[] {})),
              -5),
          "x".repeat(100_000));

  @Test
  void aPoisonRecordIsReadBackWhateverItsLength() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    PoisonRecordSerializer.INSTANCE.serialize(POISON, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    DataOutputSerializer copy = new DataOutputSerializer(16);
    PoisonRecordSerializer.INSTANCE.copy(in, copy);
    assertThat(in.available()).isZero();
    assertThat(
            PoisonRecordSerializer.INSTANCE.deserialize(
                new DataInputDeserializer(copy.getCopyOfBuffer())))
        .isEqualTo(POISON);
  }

  @Test
  void flinkFindsTheSerializerByTheClassAndKryoIsNeverAsked() {
    SerializerConfigImpl noKryo = new SerializerConfigImpl();
    noKryo.setGenericTypes(false);
    assertThat(TypeInformation.of(PoisonRecord.class).createSerializer(noKryo))
        .isInstanceOf(PoisonRecordSerializer.class);
    assertThat(new OutputTag<PoisonRecord>("poison") {}.getTypeInfo())
        .isEqualTo(PoisonRecord.tag("poison").getTypeInfo());
    TypeInformation<Either<String, PoisonRecord>> produced =
        new PoisonCapture<>(new Numbered.Deserializer()).getProducedType();
    assertThat(produced).isInstanceOf(EitherTypeInfo.class);
    TypeSerializer<Either<String, PoisonRecord>> serializer = produced.createSerializer(noKryo);
    assertThat(serializer.snapshotConfiguration().restoreSerializer()).isEqualTo(serializer);
  }
}
