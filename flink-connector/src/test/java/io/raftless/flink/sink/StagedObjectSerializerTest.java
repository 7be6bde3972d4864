package io.raftless.flink.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.log.StagedBatch;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StagedObjectSerializerTest {
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final Label LABEL = Label.parse("01890a5d-ac97-7000-8000-0123456789ab");
  private static final StagedObject OBJECT =
      new StagedObject(
          "submission",
          2,
          7,
          List.of(
              new StagedBatch(INCARNATION, 0, new BatchRef(LABEL, 0, 100, 3, 1_700L, 0x1234)),
              new StagedBatch(INCARNATION, 3, new BatchRef(LABEL, 100, 50, 1, -5L, 0xffff_ffffL))));

  private final StagedObjectSerializer serializer = new StagedObjectSerializer();

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    byte[] bytes = serializer.serialize(OBJECT);
    assertThat(serializer.deserialize(serializer.getVersion(), bytes)).isEqualTo(OBJECT);
  }

  @Test
  void version1IsReadAsItWasWritten() throws IOException {
    // From a savepoint of version 1. It must stay readable as long as version 1 is known.
    String batches =
        """
        {"format":1,"batches":[\
        {"incarnation":"01890a5d-ac96-774b-bcce-b302099a8057","partition":0,"batch":\
        {"label":"01890a5d-ac97-7000-8000-0123456789ab","position":0,"length":100,"count":3,\
        "maxTimestamp":1700,"crc":4660}},\
        {"incarnation":"01890a5d-ac96-774b-bcce-b302099a8057","partition":3,"batch":\
        {"label":"01890a5d-ac97-7000-8000-0123456789ab","position":100,"length":50,"count":1,\
        "maxTimestamp":-5,"crc":4294967295}}]}""";
    String submission = "000a7375626d697373696f6e";
    String subtaskAndSequence = "00000002" + "0000000000000007";
    String length = "0000019f";
    byte[] pinned =
        HexFormat.of()
            .parseHex(
                submission
                    + subtaskAndSequence
                    + length
                    + HexFormat.of().formatHex(batches.getBytes(UTF_8)));
    assertThat(serializer.deserialize(1, pinned)).isEqualTo(OBJECT);
  }

  @Test
  void anUnknownVersionIsRefused() {
    assertThatThrownBy(() -> serializer.deserialize(99, new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 99");
  }
}
