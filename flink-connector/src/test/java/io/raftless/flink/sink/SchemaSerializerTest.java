package io.raftless.flink.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

final class SchemaSerializerTest {

  /** The first letter; works only if it was opened. */
  private static final class FirstLetter implements SerializationSchema<String> {
    private static final long serialVersionUID = 1L;
    private transient boolean isOpen;

    @Override
    public void open(InitializationContext context) {
      isOpen = true;
    }

    @Override
    public byte[] serialize(String element) {
      if (!isOpen) {
        throw new IllegalStateException("not opened");
      }
      return element.substring(0, 1).getBytes(UTF_8);
    }
  }

  @Test
  void valuesHaveNoKeyAndTheTimestampOfTheElement() throws Exception {
    LogRecord record =
        RaftlessSerializer.value((SerializationSchema<String>) new SimpleStringSchema())
            .serialize("quake", 17L);
    assertThat(record).isEqualTo(LogRecord.of(null, "quake".getBytes(UTF_8), 17));
  }

  @Test
  void keyAndValueAreMadeBySchemasThatAreOpened() throws Exception {
    RaftlessSerializer<String> serializer =
        InstantiationUtil.clone(
            RaftlessSerializer.keyValue(new FirstLetter(), new SimpleStringSchema()));
    serializer.open(FakeInitialization.INSTANCE, 0, 1);
    assertThat(serializer.serialize("quake", 17L))
        .isEqualTo(LogRecord.of("q".getBytes(UTF_8), "quake".getBytes(UTF_8), 17));
  }

  @Test
  void anElementWithoutATimestampGetsTheTimeOfNow() throws Exception {
    RaftlessSerializer<String> serializer = RaftlessSerializer.value(new SimpleStringSchema());
    long before = System.currentTimeMillis();
    long timestamp = serializer.serialize("quake", null).timestamp();
    assertThat(timestamp).isBetween(before, System.currentTimeMillis());
  }
}
