package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class SourceSerializersTest {
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final LogId LOG = LogId.of("some/prefix", "log");
  private static final LogId OTHER = LogId.of("some/prefix", "other");
  private static final RaftlessSplit SPLIT = new RaftlessSplit(LOG, INCARNATION, 3, 2, 17, 1_000);
  private static final RaftlessSplit UNBOUNDED =
      new RaftlessSplit(OTHER, INCARNATION, 4, 0, 0, RaftlessSplit.UNBOUNDED);

  /** Of one log, so that its bytes do not depend on the order of a map. */
  private static final EnumeratorState STATE =
      new EnumeratorState(
          true, Map.of(LOG, new KnownLog(INCARNATION, 5)), List.of(SPLIT, UNBOUNDED));

  /** What version 1 says, which knows one log and no ranges. */
  private static final RaftlessSplit SPLIT_1 = new RaftlessSplit(LOG, INCARNATION, 3, 0, 17, 1_000);

  private static final EnumeratorState STATE_1 =
      new EnumeratorState(
          true,
          Map.of(LOG, new KnownLog(INCARNATION, 5)),
          List.of(SPLIT_1, new RaftlessSplit(LOG, INCARNATION, 4, 0, 0, RaftlessSplit.UNBOUNDED)));

  private static final Subscription ONE = new Subscription.Listed(List.of(LOG));

  private final SplitSerializer splits = new SplitSerializer(ONE);
  private final EnumeratorStateSerializer states = new EnumeratorStateSerializer(ONE);

  @Test
  void aSplitIsReadBack() throws IOException {
    assertThat(splits.deserialize(2, splits.serialize(SPLIT))).isEqualTo(SPLIT);
    assertThat(splits.deserialize(2, splits.serialize(UNBOUNDED))).isEqualTo(UNBOUNDED);
  }

  @Test
  void anEnumeratorStateIsReadBackAlsoBeforeTheFirstDiscovery() throws IOException {
    EnumeratorState several =
        new EnumeratorState(
            true,
            Map.of(LOG, new KnownLog(INCARNATION, 5), OTHER, new KnownLog(INCARNATION, 7)),
            List.of(SPLIT));
    assertThat(states.deserialize(2, states.serialize(several))).isEqualTo(several);
    EnumeratorState initial = EnumeratorState.initial();
    assertThat(states.deserialize(2, states.serialize(initial))).isEqualTo(initial);
    EnumeratorState nothingYet = new EnumeratorState(true, Map.of(), List.of());
    assertThat(states.deserialize(2, states.serialize(nothingYet))).isEqualTo(nothingYet);
  }

  @Test
  void version1OfASplitIsReadAsOneOfTheOnlyLog() throws IOException {
    assertThat(splits.deserialize(1, pinned("split-1.bin"))).isEqualTo(SPLIT_1);
  }

  @Test
  void version1OfAnEnumeratorStateIsReadAsOneOfTheOnlyLog() throws IOException {
    assertThat(states.deserialize(1, pinned("enumerator-1.bin"))).isEqualTo(STATE_1);
    assertThat(states.deserialize(1, pinned("enumerator-1-initial.bin")))
        .isEqualTo(EnumeratorState.initial());
  }

  @Test
  void version1IsRefusedByASourceOfSeveralLogsWithAWayOut() {
    Subscription pattern = new Subscription.Matching("some/prefix", Pattern.compile(".*"));
    assertThatThrownBy(() -> new SplitSerializer(pattern).deserialize(1, pinned("split-1.bin")))
        .hasMessageContaining("setLog(LogId)");
    assertThatThrownBy(
            () -> new EnumeratorStateSerializer(pattern).deserialize(1, pinned("enumerator-1.bin")))
        .hasMessageContaining("setLog(LogId)");
  }

  @Test
  void version2OfASplitIsReadAsItWasWritten() throws IOException {
    assertThat(splits.deserialize(2, pinned("split-2.bin"))).isEqualTo(SPLIT);
    assertThat(splits.serialize(SPLIT)).isEqualTo(pinned("split-2.bin"));
  }

  @Test
  void version2OfAnEnumeratorStateIsReadAsItWasWritten() throws IOException {
    assertThat(states.deserialize(2, pinned("enumerator-2.bin"))).isEqualTo(STATE);
    assertThat(states.serialize(STATE)).isEqualTo(pinned("enumerator-2.bin"));
  }

  @Test
  void unknownVersionsAreRefused() {
    assertThatThrownBy(() -> splits.deserialize(3, new byte[0])).hasMessageContaining("version 3");
    assertThatThrownBy(() -> states.deserialize(3, new byte[0])).hasMessageContaining("version 3");
  }

  @Test
  void aSplitIsNamedByLogIncarnationPartitionAndRange() {
    assertThat(SPLIT.splitId()).isEqualTo("some/prefix/log@b302099a8057/3/2");
    assertThat(SPLIT.from(500).splitId()).isEqualTo(SPLIT.splitId());
  }

  private static byte[] pinned(String file) throws IOException {
    try (InputStream in =
        SourceSerializersTest.class.getResourceAsStream("/serialized/source/" + file)) {
      return Objects.requireNonNull(in, file).readAllBytes();
    }
  }
}
