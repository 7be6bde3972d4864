package io.raftless.flink.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.Types;
import org.junit.jupiter.api.Test;

final class ValueDeserializerTest {
  private final RaftlessDeserializer<String> deserializer =
      RaftlessDeserializer.value(new SimpleStringSchema());

  private List<String> elements(LogRecord record) throws Exception {
    List<String> elements = new ArrayList<>();
    deserializer.deserialize(
        new RaftlessRecord(LogId.of("", "log"), 0, 0, record), new ListCollector<>(elements));
    return elements;
  }

  @Test
  void theValueIsTheElement() throws Exception {
    assertThat(elements(LogRecord.of("key".getBytes(UTF_8), "value".getBytes(UTF_8), 0)))
        .containsExactly("value");
    assertThat(elements(LogRecord.of(null, new byte[0], 0))).containsExactly("");
    assertThat(deserializer.getProducedType()).isEqualTo(Types.STRING);
  }

  @Test
  void aTombstoneGivesNoElement() throws Exception {
    assertThat(elements(LogRecord.of("key".getBytes(UTF_8), null, 0))).isEmpty();
  }
}
