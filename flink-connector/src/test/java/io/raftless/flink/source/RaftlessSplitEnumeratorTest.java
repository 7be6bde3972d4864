package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RaftlessSplitEnumeratorTest {
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final Incarnation OTHER =
      Incarnation.parse("01890a5d-ac97-774b-bcce-b302099a8058");
  private static final LogId LOG = LogId.of("", "log");
  private static final LogId SECOND = LogId.of("", "second");

  private final FakeEnumeratorContext context = new FakeEnumeratorContext(2);
  private final FakeDiscovery discovery = new FakeDiscovery();

  @Test
  void neighboursGoToTheSameReaderOnceReadersAndPartitionsAreKnown() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    register(enumerator, 0);
    assertThat(context.assigned).isEmpty();

    context.runAsync();
    assertThat(context.assigned).containsOnlyKeys(0);
    assertThat(context.assigned.get(0)).hasSize(2);

    register(enumerator, 1);
    assertThat(context.assigned.get(1)).hasSize(2);
    assertThat(partitionsAssigned()).containsExactlyInAnyOrder(0, 1, 2, 3);
    assertThat(Math.abs(partition(0, 0) - partition(0, 1))).isEqualTo(1);
  }

  @Test
  void readersHaveAsManyPartitionsWheneverTheyAndThePartitionsCome() {
    FakeEnumeratorContext many = new FakeEnumeratorContext(3);
    RaftlessSplitEnumerator enumerator =
        new RaftlessSplitEnumerator(
            many, settings(null, OnRemoved.FAIL), EnumeratorState.initial(), discovery);
    discovery.exists(LOG, INCARNATION, 10);
    enumerator.start();
    many.runAsync();
    for (int reader : List.of(2, 0, 1)) {
      many.register(reader);
      enumerator.addReader(reader);
    }
    assertThat(many.assigned.values())
        .hasSize(3)
        .allSatisfy(splits -> assertThat(splits.size()).isBetween(3, 4))
        .allSatisfy(
            splits -> {
              int first = splits.get(0).partition();
              assertThat(splits.stream().map(RaftlessSplit::partition))
                  .containsExactlyElementsOf(
                      IntStream.range(first, first + splits.size()).boxed().toList());
            });
    for (int partitions = 11; partitions <= 13; partitions++) {
      discovery.exists(LOG, INCARNATION, partitions);
      many.runPeriodic();
    }
    assertThat(many.assigned.values())
        .allSatisfy(splits -> assertThat(splits.size()).isBetween(4, 5));
  }

  @Test
  void logsOfOnePartitionAreSpreadOverReaders() {
    FakeEnumeratorContext many = new FakeEnumeratorContext(4);
    for (int log = 0; log < 100; log++) {
      discovery.exists(LogId.of("logs", "log" + log), INCARNATION, 1);
    }
    SourceSettings<String> settings =
        source().setLogPattern("logs", Pattern.compile(".*")).settings();
    RaftlessSplitEnumerator enumerator =
        new RaftlessSplitEnumerator(many, settings, EnumeratorState.initial(), discovery);
    enumerator.start();
    many.runAsync();
    for (int reader = 0; reader < 4; reader++) {
      many.register(reader);
      enumerator.addReader(reader);
    }
    assertThat(many.assigned.values())
        .hasSize(4)
        .allSatisfy(splits -> assertThat(splits.size()).isBetween(10, 40));
  }

  @Test
  void aBoundedSourceTellsReadersWhenTheyHaveAllTheirSplits() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    register(enumerator, 0);
    assertThat(context.complete).as("nothing is known about the log yet").isEmpty();

    context.runAsync();
    assertThat(context.complete).containsExactly(0);
  }

  @Test
  void anUnboundedSourceNeverTellsReadersThatTheyHaveAll() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator enumerator = unbounded(EnumeratorState.initial());
    register(enumerator, 0);
    context.runAsync();
    assertThat(context.assigned.get(0)).hasSize(2);
    assertThat(context.complete).isEmpty();
  }

  @Test
  void splitsThatComeBackAreKeptInTheStateAndAssignedAgain() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    register(enumerator, 0);
    register(enumerator, 1);
    context.runAsync();
    assertThat(enumerator.snapshotState(1).unassigned()).isEmpty();

    List<RaftlessSplit> lost = context.fail(1);
    assertThat(lost).hasSize(2);
    enumerator.addSplitsBack(lost, 1);
    assertThat(enumerator.snapshotState(2).unassigned()).isEqualTo(lost);

    register(enumerator, 1);
    assertThat(context.assigned.get(1)).isEqualTo(lost);
    assertThat(enumerator.snapshotState(3).unassigned()).isEmpty();
  }

  @Test
  void aReaderIsToldOnceThatItHasAllItsSplitsHoweverManyRegisterAfterIt() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    register(enumerator, 0);
    context.runAsync();
    register(enumerator, 1);
    enumerator.addSplitsBack(context.fail(1), 1);
    register(enumerator, 1);
    assertThat(context.complete).containsExactly(0, 1);
  }

  @Test
  void aCheckpointAtAnyMomentOfARestoreHoldsEverySplitThatNoReaderHolds() {
    discovery.exists(LOG, INCARNATION, 4);
    List<RaftlessSplit> held = List.of(split(LOG, 2, 7), split(LOG, 3, 9));
    EnumeratorState state =
        new EnumeratorState(true, Map.of(LOG, new KnownLog(INCARNATION, 4)), held);
    RaftlessSplitEnumerator enumerator = unbounded(state);
    assertThat(enumerator.snapshotState(1)).as("restored").isEqualTo(state);
    register(enumerator, 0);
    assertThat(everySplit(enumerator, 2)).as("a reader registered").isEqualTo(held);
    context.runAsync();
    assertThat(everySplit(enumerator, 3)).as("discovered").isEqualTo(held);
    register(enumerator, 1);
    assertThat(everySplit(enumerator, 4)).as("assigned").isEqualTo(held);
    List<RaftlessSplit> lost = context.fail(0);
    enumerator.addSplitsBack(lost, 0);
    assertThat(everySplit(enumerator, 5)).as("given back").isEqualTo(held);
    register(enumerator, 0);
    assertThat(everySplit(enumerator, 6)).as("assigned again").isEqualTo(held);
    assertThat(enumerator.snapshotState(7).logs()).isEqualTo(state.logs());
  }

  @Test
  void aRestoreAtAnotherParallelismHandsOutWhatNoReaderHeld() {
    discovery.exists(LOG, INCARNATION, 4);
    FakeEnumeratorContext wider = new FakeEnumeratorContext(5);
    EnumeratorState state =
        new EnumeratorState(
            true,
            Map.of(LOG, new KnownLog(INCARNATION, 4)),
            List.of(split(LOG, 0, 1), split(LOG, 3, 4)));
    RaftlessSplitEnumerator enumerator =
        new RaftlessSplitEnumerator(wider, settings(null, OnRemoved.FAIL), state, discovery);
    enumerator.start();
    wider.runAsync();
    for (int reader = 0; reader < 5; reader++) {
      assertThat(
              wider.assigned.values().stream().mapToInt(List::size).sum()
                  + enumerator.snapshotState(reader).unassigned().size())
          .isEqualTo(2);
      wider.register(reader);
      enumerator.addReader(reader);
    }
    assertThat(wider.assigned.values()).hasSize(2).allSatisfy(s -> assertThat(s).hasSize(1));
    assertThat(enumerator.snapshotState(9).unassigned()).isEmpty();
  }

  @Test
  void aCheckpointBeforeTheReadersCameHoldsAllSplits() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator enumerator = bounded(EnumeratorState.initial());
    assertThat(enumerator.snapshotState(0)).isEqualTo(EnumeratorState.initial());
    context.runAsync();
    EnumeratorState state = enumerator.snapshotState(1);
    assertThat(state.isStarted()).isTrue();
    assertThat(state.logs()).isEqualTo(Map.of(LOG, new KnownLog(INCARNATION, 4)));
    assertThat(state.unassigned()).hasSize(4);
  }

  @Test
  void onlyTheFirstDiscoveryEverUsesTheStartPosition() {
    discovery.exists(LOG, INCARNATION, 1);
    RaftlessSplitEnumerator enumerator = unbounded(EnumeratorState.initial());
    context.runAsync();
    context.runPeriodic();
    assertThat(discovery.looks).containsExactly(true, false);

    discovery.looks.clear();
    unbounded(enumerator.snapshotState(1));
    context.runAsync();
    assertThat(discovery.looks).as("after a restore").containsExactly(false);
  }

  @Test
  void newPartitionsAndLogsAreFoundAndHandedOutWhileTheJobRuns() {
    discovery.exists(LOG, INCARNATION, 2);
    RaftlessSplitEnumerator enumerator = unbounded(EnumeratorState.initial());
    register(enumerator, 0);
    register(enumerator, 1);
    context.runAsync();
    assertThat(context.periodMillis).isEqualTo(60_000);
    assertThat(partitionsAssigned()).hasSize(2);

    discovery.exists(LOG, INCARNATION, 3);
    discovery.exists(SECOND, OTHER, 1);
    context.runPeriodic();
    context.runPeriodic();
    assertThat(partitionsAssigned()).containsExactlyInAnyOrder(0, 1, 2, 0);
    assertThat(enumerator.snapshotState(1).logs())
        .isEqualTo(Map.of(LOG, new KnownLog(INCARNATION, 3), SECOND, new KnownLog(OTHER, 1)));
  }

  @Test
  void aLookThatBeganBeforeTheLastOneWasHeardOfMakesNoSplitTwice() {
    discovery.exists(LOG, INCARNATION, 1);
    RaftlessSplitEnumerator enumerator = unbounded(EnumeratorState.initial());
    register(enumerator, 0);
    register(enumerator, 1);
    context.runAsync();
    discovery.exists(LOG, INCARNATION, 3);
    discovery.isStale = true;
    context.runPeriodic();
    context.runPeriodic();
    assertThat(partitionsAssigned()).containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void boundedSourcesAndThoseToldSoDoNotDiscoverAgain() {
    discovery.exists(LOG, INCARNATION, 1);
    bounded(EnumeratorState.initial());
    context.runAsync();
    assertThat(context.periodMillis).isZero();
    SourceSettings<String> off = source().setDiscoveryInterval(Duration.ZERO).settings();
    new RaftlessSplitEnumerator(context, off, EnumeratorState.initial(), discovery).start();
    context.runAsync();
    assertThat(context.periodMillis).isZero();
  }

  @Test
  void aRestoredEnumeratorDoesNotHandOutAgainWhatReadersHold() {
    discovery.exists(LOG, INCARNATION, 4);
    RaftlessSplitEnumerator restored =
        bounded(
            new EnumeratorState(
                true, Map.of(LOG, new KnownLog(INCARNATION, 4)), List.of(split(LOG, 3, 0))));
    register(restored, 0);
    register(restored, 1);
    context.runAsync();
    assertThat(partitionsAssigned()).containsExactly(3);
  }

  @Test
  void aLogThatWasCreatedAgainStopsTheJobForGood() {
    discovery.exists(LOG, OTHER, 4);
    bounded(new EnumeratorState(true, Map.of(LOG, new KnownLog(INCARNATION, 4)), List.of()));
    assertThatThrownBy(context::runAsync)
        .hasCauseInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("created again")
        .hasMessageContaining("OnRemoved.IGNORE")
        .hasMessageContaining(OTHER.toString());
  }

  @Test
  void aLogThatWasDeletedStopsTheJobForGood() {
    discovery.exists(LOG, INCARNATION, 4);
    unbounded(EnumeratorState.initial());
    context.runAsync();
    discovery.removed(LOG);
    assertThatThrownBy(context::runPeriodic)
        .hasCauseInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("was deleted while");
  }

  @Test
  void aLogThatWasCreatedAgainIsANewLogIfRemovedOnesAreIgnored() {
    discovery.exists(LOG, INCARNATION, 2);
    RaftlessSplitEnumerator enumerator =
        start(settings(null, OnRemoved.IGNORE), EnumeratorState.initial());
    register(enumerator, 0);
    register(enumerator, 1);
    context.runAsync();
    discovery.removed(LOG);
    context.runPeriodic();
    assertThat(enumerator.snapshotState(1).logs()).isEmpty();

    discovery.exists(LOG, OTHER, 1);
    context.runPeriodic();
    assertThat(enumerator.snapshotState(2).logs()).isEqualTo(Map.of(LOG, new KnownLog(OTHER, 1)));
    assertThat(partitionsAssigned()).containsExactlyInAnyOrder(0, 1, 0);
  }

  @Test
  void aLogThatIsNoLongerSubscribedIsForgotten() {
    discovery.exists(LOG, INCARNATION, 2);
    RaftlessSplitEnumerator enumerator =
        unbounded(
            new EnumeratorState(
                true,
                Map.of(
                    LOG,
                    new KnownLog(INCARNATION, 2),
                    LogId.of("elsewhere", "log"),
                    new KnownLog(INCARNATION, 1)),
                List.of(split(LogId.of("elsewhere", "log"), 0, 0))));
    context.runAsync();
    assertThat(enumerator.snapshotState(1))
        .isEqualTo(new EnumeratorState(true, Map.of(LOG, new KnownLog(INCARNATION, 2)), List.of()));
  }

  @Test
  void aLogThatCannotBeReadFailsTheJob() {
    discovery.failure = new IOException("no network");
    unbounded(EnumeratorState.initial());
    assertThatThrownBy(context::runAsync).hasRootCauseMessage("no network");
  }

  @Test
  void readersThatAskGetOneSplitAtATimeAndAreToldWhenThereIsNoneLeft() {
    discovery.exists(LOG, INCARNATION, 3);
    RaftlessSplitEnumerator enumerator = start(onRequest(), EnumeratorState.initial());
    register(enumerator, 0);
    register(enumerator, 1);
    enumerator.handleSplitRequest(0, null);
    assertThat(context.assigned).as("nothing is discovered yet").isEmpty();
    context.runAsync();
    assertThat(context.assigned.get(0)).hasSize(1);
    assertThat(context.assigned).containsOnlyKeys(0);

    enumerator.handleSplitRequest(0, null);
    enumerator.handleSplitRequest(1, null);
    assertThat(partitionsAssigned()).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(context.complete).isEmpty();
    enumerator.handleSplitRequest(1, null);
    assertThat(context.complete).containsExactly(1);

    // Another attempt of the subtask asks, too: it was told with the first.
    enumerator.handleSplitRequest(1, null);
    List<RaftlessSplit> lost = context.fail(0);
    enumerator.addSplitsBack(lost, 0);
    assertThat(enumerator.snapshotState(1).unassigned()).isEqualTo(lost);
    // Who was told that there are no more may have finished.
    enumerator.handleSplitRequest(1, null);
    register(enumerator, 0);
    enumerator.handleSplitRequest(0, null);
    enumerator.handleSplitRequest(0, null);
    enumerator.handleSplitRequest(0, null);
    assertThat(context.assigned.get(0)).containsExactlyInAnyOrderElementsOf(lost);
    assertThat(context.complete).containsExactly(0, 1);
  }

  private static RaftlessSplit split(LogId log, int partition, long start) {
    return new RaftlessSplit(log, INCARNATION, partition, 0, start, 100);
  }

  private void register(RaftlessSplitEnumerator enumerator, int reader) {
    context.register(reader);
    enumerator.addReader(reader);
  }

  private List<Integer> partitionsAssigned() {
    return context.assigned.values().stream()
        .flatMap(List::stream)
        .map(RaftlessSplit::partition)
        .toList();
  }

  private int partition(int reader, int index) {
    List<RaftlessSplit> splits = context.assigned.get(reader);
    if (splits == null) {
      throw new AssertionError("nothing assigned to " + reader);
    }
    return splits.get(index).partition();
  }

  /** Those in the state and those that readers hold, by partition. */
  private List<RaftlessSplit> everySplit(RaftlessSplitEnumerator enumerator, long checkpoint) {
    List<RaftlessSplit> all = new ArrayList<>(enumerator.snapshotState(checkpoint).unassigned());
    context.assigned.values().forEach(all::addAll);
    all.sort((a, b) -> Integer.compare(a.partition(), b.partition()));
    return all;
  }

  private RaftlessSplitEnumerator bounded(EnumeratorState state) {
    return start(settings(StopPosition.latest(), OnRemoved.FAIL), state);
  }

  private RaftlessSplitEnumerator unbounded(EnumeratorState state) {
    return start(settings(null, OnRemoved.FAIL), state);
  }

  private static SourceSettings<String> settings(@Nullable StopPosition stop, OnRemoved onRemoved) {
    RaftlessSourceBuilder<String> source = source().setOnRemoved(onRemoved);
    return (stop == null ? source : source.setStopPosition(stop)).settings();
  }

  private static SourceSettings<String> onRequest() {
    return source().setStopPosition(StopPosition.latest()).setRangesPerPartition(2).settings();
  }

  private static RaftlessSourceBuilder<String> source() {
    return RaftlessSource.<String>builder()
        .setStore(RegisteredStore.of(new MemoryObjectStore()))
        .setLogs(List.of(LOG, SECOND))
        .setDeserializer(new Numbered.Deserializer());
  }

  private RaftlessSplitEnumerator start(SourceSettings<String> settings, EnumeratorState state) {
    RaftlessSplitEnumerator enumerator =
        new RaftlessSplitEnumerator(context, settings, state, discovery);
    enumerator.start();
    return enumerator;
  }

  /** A store whose logs the test decides about. */
  private static final class FakeDiscovery implements Discovery {
    private final Map<LogId, KnownLog> logs = new HashMap<>();
    private @Nullable IOException failure;

    /** Whether it never hears what was found before. */
    private boolean isStale;

    /** Whether each look was the first. */
    private final List<Boolean> looks = new ArrayList<>();

    void exists(LogId log, Incarnation incarnation, int partitions) {
      logs.put(log, new KnownLog(incarnation, partitions));
    }

    void removed(LogId log) {
      logs.remove(log);
    }

    @Override
    public Found look(Map<LogId, KnownLog> known, boolean isFirst) throws IOException {
      looks.add(isFirst);
      if (failure != null) {
        throw failure;
      }
      List<RaftlessSplit> splits = new ArrayList<>();
      logs.forEach(
          (log, now) -> {
            KnownLog before = isStale ? null : known.get(log);
            int from = before == null ? 0 : KnownLog.of(before, now.incarnation());
            for (int partition = from; partition < now.partitions(); partition++) {
              splits.add(new RaftlessSplit(log, now.incarnation(), partition, 0, 0, 100));
            }
          });
      return new Found(logs, splits, 0);
    }

    @Override
    public void close() {
      // Nothing to let go of.
    }
  }
}
