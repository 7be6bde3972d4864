package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.id.Incarnation;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SourceSerializersTest {
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final RaftlessSplit SPLIT = new RaftlessSplit(INCARNATION, 3, 17, 1_000);
  private static final RaftlessSplit UNBOUNDED =
      new RaftlessSplit(INCARNATION, 4, 0, RaftlessSplit.UNBOUNDED);
  private static final EnumeratorState STATE =
      new EnumeratorState(INCARNATION, 5, List.of(SPLIT, UNBOUNDED));

  private final SplitSerializer splits = new SplitSerializer();
  private final EnumeratorStateSerializer states = new EnumeratorStateSerializer();

  @Test
  void aSplitIsReadBack() throws IOException {
    assertThat(splits.deserialize(1, splits.serialize(SPLIT))).isEqualTo(SPLIT);
    assertThat(splits.deserialize(1, splits.serialize(UNBOUNDED))).isEqualTo(UNBOUNDED);
  }

  @Test
  void anEnumeratorStateIsReadBackAlsoBeforeTheFirstDiscovery() throws IOException {
    assertThat(states.deserialize(1, states.serialize(STATE))).isEqualTo(STATE);
    EnumeratorState initial = EnumeratorState.initial();
    assertThat(states.deserialize(1, states.serialize(initial))).isEqualTo(initial);
  }

  @Test
  void version1OfASplitIsReadAsItWasWritten() throws IOException {
    byte[] pinned =
        HexFormat.of()
            .parseHex(
                // The incarnation as text, partition 3, offsets 17 to 1,000.
                "002430313839306135642d616339362d373734622d626363652d623330323039396138303537"
                    + "00000003"
                    + "0000000000000011"
                    + "00000000000003e8");
    assertThat(splits.deserialize(1, pinned)).isEqualTo(SPLIT);
    assertThat(splits.serialize(SPLIT)).isEqualTo(pinned);
  }

  @Test
  void version1OfAnEnumeratorStateIsReadAsItWasWritten() throws IOException {
    String incarnation =
        "002430313839306135642d616339362d373734622d626363652d623330323039396138303537";
    byte[] pinned =
        HexFormat.of()
            .parseHex(
                // It has an incarnation, 5 partitions are known, 2 of them are not assigned.
                ("01" + incarnation + "00000005" + "00000002")
                    + (incarnation + "00000003" + "0000000000000011" + "00000000000003e8")
                    + (incarnation + "00000004" + "0000000000000000" + "7fffffffffffffff"));
    assertThat(states.deserialize(1, pinned)).isEqualTo(STATE);
    assertThat(states.serialize(STATE)).isEqualTo(pinned);
  }

  @Test
  void unknownVersionsAreRefused() {
    assertThatThrownBy(() -> splits.deserialize(2, new byte[0])).hasMessageContaining("version 2");
    assertThatThrownBy(() -> states.deserialize(2, new byte[0])).hasMessageContaining("version 2");
  }
}
