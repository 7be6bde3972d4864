package io.raftless.flink.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.log.StagedBatch;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What savepoints and heads keep, pinned by files: each must stay readable. */
final class StagedObjectSerializerTest {
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final Label LABEL = Label.parse("01890a5d-ac97-7000-8000-0123456789ab");
  private static final List<StagedBatch> BATCHES =
      List.of(
          new StagedBatch(INCARNATION, 0, new BatchRef(LABEL, 0, 100, 3, 1_700L, 0x1234)),
          new StagedBatch(INCARNATION, 3, new BatchRef(LABEL, 100, 50, 1, -5L, 0xffff_ffffL)));
  private static final StagedObject OBJECT =
      new StagedObject("submission", 2, 7, BATCHES, 42, 4, null);
  private static final History HISTORY =
      History.beginning(INCARNATION, "first").restoredBy("submission", 7);
  private static final String DIGEST = "A".repeat(22);

  private final StagedObjectSerializer serializer = new StagedObjectSerializer();
  private final HistorySerializer histories = new HistorySerializer();

  @Test
  void version1IsReadAsItWasWritten() throws IOException {
    assertThat(serializer.deserialize(1, hex("staged-object-v1.hex")))
        .isEqualTo(new StagedObject("submission", 2, 7, BATCHES));
  }

  @Test
  void version2IsReadAndWritten() throws IOException {
    byte[] pinned = hex("staged-object-v2.hex");
    assertThat(serializer.deserialize(2, pinned)).isEqualTo(OBJECT);
    assertThat(serializer.serialize(OBJECT)).isEqualTo(pinned);
    assertThat(serializer.getVersion()).isEqualTo(2);
  }

  @Test
  void aMarkerIsReadAndWritten() throws IOException {
    byte[] pinned = hex("marker-v2.hex");
    StagedObject marker = StagedObject.marker("submission", 2, 7, HISTORY).of(42);
    assertThat(serializer.deserialize(2, pinned)).isEqualTo(marker);
    assertThat(serializer.serialize(marker)).isEqualTo(pinned);
  }

  @Test
  void writerStateIsReadAndWritten() throws IOException {
    byte[] pinned = text("writer-state-v1.json").getBytes(UTF_8);
    assertThat(histories.deserialize(1, pinned)).isEqualTo(HISTORY);
    assertThat(histories.serialize(HISTORY)).isEqualTo(pinned);
    assertThat(histories.getVersion()).isEqualTo(1);
  }

  @Test
  void positionsAreReadAndWritten() throws IOException {
    long time = 1_700_000_000_000L;
    assertPinned(
        "position-v1.json",
        SinkPosition.ofCheckpoint("first", 42, time, List.of(DIGEST, "B".repeat(22))));
    assertPinned(
        "position-accepted-v1.json",
        SinkPosition.ofCheckpoint("first", 42, time, List.of(DIGEST)).acceptedBy("second"));
    assertPinned(
        "position-whole-input-v1.json",
        SinkPosition.ofWholeInput(
            "first", time, List.of(DIGEST), new SinkPosition.WholeInput("00ff", 4)));
  }

  private static void assertPinned(String file, SinkPosition position) throws IOException {
    assertThat(SinkPosition.decode(text(file))).isEqualTo(position);
    assertThat(position.encode()).isEqualTo(text(file));
  }

  @Test
  void anUnknownVersionIsRefused() {
    assertThatThrownBy(() -> serializer.deserialize(99, new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 99");
    byte[] later = "{\"format\":99}".getBytes(UTF_8);
    assertThatThrownBy(() -> histories.deserialize(99, later))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 99");
  }

  @Test
  void aHistoryKeepsItsEndWhenItGetsLong() throws IOException {
    History history = History.beginning(INCARNATION, "s0");
    for (int i = 1; i <= 1_500; i++) {
      history = history.restoredBy("s" + i, i);
    }
    assertThat(history.ancestors()).hasSize(1_000);
    assertThat(history.current()).isEqualTo("s1500");
    assertThat(histories.deserialize(1, histories.serialize(history))).isEqualTo(history);
  }

  private static byte[] hex(String file) throws IOException {
    return HexFormat.of().parseHex(text(file).replace("\n", ""));
  }

  private static String text(String file) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            StagedObjectSerializerTest.class.getResourceAsStream(file), "no file " + file)) {
      return new String(in.readAllBytes(), UTF_8).strip();
    }
  }
}
