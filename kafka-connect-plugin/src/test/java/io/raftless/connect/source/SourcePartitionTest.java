package io.raftless.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Test;

final class SourcePartitionTest {
  private static final SourcePartition PARTITION =
      new SourcePartition(
          LogId.of("a/b", "orders"), Incarnation.parse("0190f3c0-0000-7000-8000-000000000001"), 3);

  @Test
  void itsBytesAreThoseOfWhatComesThroughConnectsRestApiInWhateverOrder() {
    JsonConverter json = new JsonConverter();
    json.configure(Map.of("schemas.enable", false), true);
    byte[] ours = json.fromConnectData("", null, PARTITION.toMap());

    Map<String, Object> written = new LinkedHashMap<>();
    for (String key : new String[] {"partition", "incarnation", "log"}) {
      written.put(key, PARTITION.toMap().get(key));
    }
    Object normalized = json.toConnectData("", json.fromConnectData("", null, written)).value();

    assertThat(json.fromConnectData("", null, normalized)).isEqualTo(ours);
    assertThat(new String(ours, StandardCharsets.UTF_8))
        .as("this order is stored in the offsets topics of users: it must never change")
        .isEqualTo(
            "{\"partition\":3,\"log\":\"a/b/orders\",\"incarnation\":"
                + "\"0190f3c0-0000-7000-8000-000000000001\"}");
  }

  @Test
  void itIsReadBackWithAnyKindOfWholeNumber() {
    for (Number three : new Number[] {3, 3L, (short) 3, (byte) 3}) {
      Map<String, Object> map = PARTITION.toMap();
      map.put("partition", three);
      assertThat(SourcePartition.of(map)).isEqualTo(PARTITION);
    }
  }

  @Test
  void aLogAtTheRootOfTheBucketIsReadBackToo() {
    SourcePartition root = new SourcePartition(LogId.of("", "orders"), PARTITION.incarnation(), 0);
    assertThat(SourcePartition.of(root.toMap())).isEqualTo(root);
  }
}
