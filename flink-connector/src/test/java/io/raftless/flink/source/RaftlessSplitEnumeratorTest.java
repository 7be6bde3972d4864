package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import io.raftless.store.MemoryObjectStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RaftlessSplitEnumeratorTest {
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final Incarnation OTHER =
      Incarnation.parse("01890a5d-ac97-774b-bcce-b302099a8057");

  private final FakeEnumeratorContext context = new FakeEnumeratorContext(2);

  @Test
  void partitionsGoToReadersByModuloOnceReadersAndPartitionsAreKnown() {
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    context.register(0);
    enumerator.addReader(0);
    assertThat(context.assigned).isEmpty();

    context.runAsync();
    assertThat(context.assigned).isEqualTo(Map.of(0, List.of(split(0), split(2))));

    context.register(1);
    enumerator.addReader(1);
    assertThat(context.assigned.get(1)).containsExactly(split(1), split(3));
  }

  @Test
  void aBoundedSourceTellsReadersWhenTheyHaveAllTheirSplits() {
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    context.register(0);
    enumerator.addReader(0);
    assertThat(context.complete).as("nothing is known about the log yet").isEmpty();

    context.runAsync();
    assertThat(context.complete).containsExactly(0);
  }

  @Test
  void anUnboundedSourceNeverTellsReadersThatTheyHaveAll() {
    RaftlessSplitEnumerator enumerator = enumerator(EnumeratorState.initial(), null, INCARNATION);
    context.register(0);
    enumerator.addReader(0);
    context.runAsync();
    assertThat(context.assigned.get(0)).hasSize(2);
    assertThat(context.complete).isEmpty();
  }

  @Test
  void splitsThatComeBackAreKeptInTheStateAndAssignedAgain() {
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    context.register(0);
    context.register(1);
    context.runAsync();
    assertThat(enumerator.snapshotState(1).unassigned()).isEmpty();

    enumerator.addSplitsBack(context.fail(1), 1);
    assertThat(enumerator.snapshotState(2).unassigned()).containsExactly(split(1), split(3));

    context.register(1);
    enumerator.addReader(1);
    assertThat(context.assigned.get(1)).containsExactly(split(1), split(3));
    assertThat(enumerator.snapshotState(3).unassigned()).isEmpty();
  }

  @Test
  void aReaderIsToldOnceThatItHasAllItsSplitsHoweverManyRegisterAfterIt() {
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    context.register(0);
    enumerator.addReader(0);
    context.runAsync();
    context.register(1);
    enumerator.addReader(1);
    enumerator.addSplitsBack(context.fail(1), 1);
    context.register(1);
    enumerator.addReader(1);
    assertThat(context.complete).containsExactly(0, 1);
  }

  @Test
  void aCheckpointBeforeTheReadersCameHoldsAllSplits() {
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    context.runAsync();
    EnumeratorState state = enumerator.snapshotState(1);
    assertThat(state.incarnation()).isEqualTo(INCARNATION);
    assertThat(state.discoveredPartitions()).isEqualTo(4);
    assertThat(state.unassigned()).hasSize(4);
  }

  @Test
  void aRestoredEnumeratorDoesNotHandOutAgainWhatReadersHold() {
    RaftlessSplitEnumerator restored =
        bounded(new EnumeratorState(INCARNATION, 4, List.of(split(3))));
    context.register(0);
    context.register(1);
    restored.addReader(1);
    context.runAsync();
    assertThat(context.assigned).isEqualTo(Map.of(1, List.of(split(3))));
  }

  @Test
  void aLogThatWasCreatedAgainStopsARestoredJobForGood() {
    enumerator(new EnumeratorState(INCARNATION, 4, List.of()), StopPosition.latest(), OTHER);
    assertThatThrownBy(context::runAsync)
        .hasCauseInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("created again")
        .hasMessageContaining(OTHER.toString());
  }

  @Test
  void aLogThatCannotBeReadFailsTheJob() {
    start(
        EnumeratorState.initial(),
        null,
        () -> {
          throw new IOException("no network");
        });
    assertThatThrownBy(context::runAsync).hasRootCauseMessage("no network");
  }

  private static RaftlessSplit split(int partition) {
    return new RaftlessSplit(INCARNATION, partition, 0, 100);
  }

  private RaftlessSplitEnumerator bounded(EnumeratorState state) {
    return enumerator(state, StopPosition.latest(), INCARNATION);
  }

  private RaftlessSplitEnumerator enumerator(
      EnumeratorState state, @Nullable StopPosition stop, Incarnation found) {
    List<RaftlessSplit> splits =
        IntStream.range(0, 4).mapToObj(RaftlessSplitEnumeratorTest::split).toList();
    return start(state, stop, () -> new PartitionDiscovery.Discovered(found, splits));
  }

  private RaftlessSplitEnumerator start(
      EnumeratorState state,
      @Nullable StopPosition stop,
      Callable<PartitionDiscovery.Discovered> discovery) {
    SourceSettings<String> settings =
        new SourceSettings<>(
            RegisteredStore.of(new MemoryObjectStore()),
            LogId.of("", "log"),
            StartPosition.earliest(),
            stop,
            new Numbered.Deserializer(),
            ReaderOptions.defaults());
    RaftlessSplitEnumerator enumerator =
        new RaftlessSplitEnumerator(context, settings, state, discovery);
    enumerator.start();
    return enumerator;
  }
}
