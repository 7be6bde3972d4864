package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.sink.ScriptedStore.Answer;
import io.raftless.format.Compression;
import io.raftless.log.RaftlessLog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SinkEngineTest {
  private static final TopicPartition ID = new TopicPartition("orders", 0);
  private static final TopicPartition OTHER = new TopicPartition("orders", 1);

  private final SinkWorld world = new SinkWorld();

  @AfterEach
  void stop() {
    world.close();
  }

  private void turnUntilWritten(FakeWorker worker, TopicPartition id, int records) {
    worker.turnUntil(
        records + " of " + id + " are written",
        () -> {
          world.clock.addAndGet(100);
          return worker.engine.metrics().appendsInFlight.get() == 0
              && worker.is(id, PartitionState.OPEN)
              && world.written(id).size() >= records;
        });
  }

  // ---- fencing

  @Test
  void nothingOfAZombieIsAppendedAfterItsSuccessorOpened() {
    FakeWorker zombie = world.worker();
    world.kafka.produce(ID, 7);
    zombie.assign(ID);
    zombie.turn();

    FakeWorker successor = world.worker();
    successor.assign(ID);
    zombie.commit();
    zombie.turn();
    zombie.commit();

    assertThat(world.written(ID)).isEmpty();
    successor.turn();
    successor.commit();
    world.assertExactlyOnce(ID);
  }

  @Test
  void aFencedTaskLivesAndWaitsAndAcquiresAgain() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 7);
    worker.assign(ID);
    worker.turn();
    FakeWorker other = world.worker();
    other.assign(ID);
    worker.commit();

    assertThat(worker.is(ID, PartitionState.FENCED)).isTrue();
    assertThat(worker.isPaused(ID)).isTrue();
    assertThat(worker.engine.metrics().fences.get()).isEqualTo(1);
    other.lose(List.of(ID));
    world.clock.addAndGet(SinkWorld.FENCED_RETRY - 1);
    worker.turn();
    assertThat(worker.is(ID, PartitionState.FENCED)).isTrue();

    world.clock.addAndGet(1);
    worker.turnUntil("it is open", () -> worker.is(ID, PartitionState.OPEN));
    assertThat(worker.isPaused(ID)).isFalse();
    worker.turn();
    worker.commit();
    world.assertExactlyOnce(ID);
  }

  @Test
  void recordsThatWerePolledBeforeARewindAreNotTaken() {
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 9);
    worker.assign(ID);
    worker.turn();
    store.once(ScriptedStore.HEAD, Answer.REFUSED);
    worker.commit();
    assertThat(worker.is(ID, PartitionState.LOST)).isTrue();
    // Of a worker that delivers what it has, paused or not.
    world.kafka.produce(ID, 5);
    FakeWorker.Polled stale =
        new FakeWorker.Polled(
            IntStream.range(9, 14).mapToObj(offset -> world.kafka.record(ID, offset)).toList(),
            Map.of());

    worker.turnUntil(
        "it is open again, and every put had stale records",
        () -> {
          world.clock.addAndGet(100);
          worker.deliver(stale);
          return worker.is(ID, PartitionState.OPEN);
        });
    worker.turn();
    worker.commit();
    worker.turn();
    worker.commit();
    world.assertExactlyOnce(ID);
  }

  @Test
  void whatIsDeliveredTwiceIsTakenOnce() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 9);
    worker.assign(ID);
    FakeWorker.Polled polled = worker.poll();
    worker.deliver(polled);
    worker.deliver(polled);
    worker.commit();
    worker.deliver(polled);
    worker.commit();

    world.assertExactlyOnce(ID);
    assertThat(worker.engine.metrics().duplicates.get()).isEqualTo(18);
  }

  @Test
  void lostPartitionsAreDroppedAndNotAppended() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 9);
    worker.assign(ID);
    worker.turn();
    worker.lose(List.of(ID));
    worker.turn();
    worker.commit();

    assertThat(world.written(ID)).isEmpty();
    assertThat(worker.engine.metrics().discarded.get()).isEqualTo(9);
  }

  @Test
  void theConsumerIsSentToTheStoredPositionWhateverWasCommittedInKafka() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 9);
    worker.assign(ID);
    worker.turn();
    worker.revoke(List.of(ID));
    world.kafka.produce(ID, 9);

    for (long committed : new long[] {3, 12}) {
      world.kafka.committed.put(ID, committed);
      FakeWorker next = world.worker();
      next.assign(ID);
      next.turn();
      next.revoke(List.of(ID));
    }
    world.assertExactlyOnce(ID);
  }

  // ---- filters and gaps

  @Test
  void whatWasFilteredMovesThePosition() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 3);
    world.kafka.produceFiltered(ID, 20);
    worker.assign(ID);
    worker.turn();
    worker.commit();

    assertThat(world.position(ID).nextOffset()).isEqualTo(23);
    assertThat(world.kafka.committed).containsEntry(ID, 23L);
  }

  @Test
  void whatConnectSaysOfOffsetsBeforeARewindDoesNotMoveThePosition() {
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 9);
    worker.assign(ID);
    worker.turn();
    store.once(ScriptedStore.HEAD, Answer.REFUSED);
    worker.commit();
    // The put that opens it asks for the rewind, and it is not done yet.
    worker.turnUntil(
        "it is open",
        () -> {
          world.clock.addAndGet(100);
          return worker.is(ID, PartitionState.OPEN);
        });
    worker.commit();

    assertThat(world.position(ID).nextOffset()).isZero();
    worker.turn();
    worker.commit();
    world.assertExactlyOnce(ID);
  }

  @Test
  void anOrdinaryGapIsNone() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 3);
    world.kafka.skip(ID, 100);
    world.kafka.produce(ID, 3);
    world.kafka.skip(ID, 1);
    world.kafka.produce(ID, 30);
    worker.assign(ID);
    turnUntilWritten(worker, ID, 36);

    world.assertExactlyOnce(ID);
    assertThat(world.position(ID).markers()).isEmpty();
  }

  @Test
  void lostOffsetsFailTheTaskAndKeepWhatCameBefore() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 5);
    worker.assign(ID);
    worker.turn();
    world.kafka.produce(ID, 5);
    world.kafka.deleteBefore(ID, 8);

    assertThatThrownBy(
            () ->
                worker.turnUntil(
                    "it fails",
                    () -> {
                      world.clock.addAndGet(6_000);
                      return false;
                    }))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("on.offsets.lost=continue");
    assertThat(world.written(ID)).hasSize(5).last().isEqualTo("orders-0:4");
  }

  @Test
  void whatWasReadBehindAGapIsWrittenThoughKafkaHasDeletedItBeforeItWasAsked() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 5);
    world.kafka.skip(ID, 3);
    world.kafka.produce(ID, 4);
    worker.assign(ID);
    worker.turn();
    worker.turn();
    List<String> read = world.kafka.expected(ID);
    world.kafka.produce(ID, 1);
    world.kafka.deleteBefore(ID, 12);

    world.clock.addAndGet(6_000);
    turnUntilWritten(worker, ID, read.size() + 1);

    assertThat(world.written(ID)).startsWith(read.toArray(String[]::new)).hasSize(10);
    assertThat(world.position(ID).markers())
        .extracting(StoredPosition.Marker::kind)
        .containsExactly(StoredPosition.Kind.OFFSETS_LOST);
  }

  @Test
  void whatIsAssignedAndWasNeverOpenedIsOpenedByTheNextPut() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 20);
    worker.assignWithoutOpening(List.of(ID));
    worker.turn();

    turnUntilWritten(worker, ID, 20);
    world.assertExactlyOnce(ID);
  }

  @Test
  void aPartitionOfWhichKafkaSaysNothingDoesNotHoldTheOthersUp() {
    TopicPartition other = new TopicPartition(ID.topic(), 1);
    world.kafka.leaderless.add(other);
    world.kafka.produce(ID, 5);
    world.kafka.skip(ID, 1);
    world.kafka.produce(ID, 20);
    world.kafka.produce(other, 3);
    world.with(
        settings ->
            settings.withPatience(
                new SinkSettings.Patience(200, 10_000, SinkWorld.FENCED_RETRY, 100, 1_000, 500)));
    FakeWorker worker = world.worker();
    worker.assign(ID, other);
    turnUntilWritten(worker, ID, 25);

    world.clock.addAndGet(10_000);
    worker.turn();
    assertThat(worker.is(other, PartitionState.ACQUIRING)).isTrue();
    world.kafka.leaderless.clear();
    turnUntilWritten(worker, other, 3);
    world.assertExactlyOnce(ID, other);
  }

  @Test
  void lostOffsetsLeaveAMarkerIfThatIsAllowed() {
    world.with(
        settings ->
            settings.withResume(
                new ResumePolicy(OnTrouble.CONTINUE, OnTrouble.CONTINUE, StartPosition.EARLIEST)));
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 5);
    worker.assign(ID);
    worker.turn();
    world.kafka.produce(ID, 5);
    world.kafka.deleteBefore(ID, 8);
    worker.turn();
    turnUntilWritten(worker, ID, 7);
    worker.commit();

    assertThat(world.written(ID))
        .containsExactly(
            "orders-0:0",
            "orders-0:1",
            "orders-0:2",
            "orders-0:3",
            "orders-0:4",
            "orders-0:8",
            "orders-0:9");
    assertThat(world.position(ID).markers())
        .singleElement()
        .satisfies(
            marker -> {
              assertThat(marker.kind()).isEqualTo(StoredPosition.Kind.OFFSETS_LOST);
              assertThat(marker.oldNext()).isEqualTo(5);
              assertThat(marker.newNext()).isEqualTo(8);
            });
  }

  @Test
  void aTopicThatIsCreatedAgainWhileTheTaskRunsIsNoticed() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 5);
    worker.assign(ID);
    worker.turn();
    worker.commit();
    world.kafka.recreate("orders");
    world.kafka.produce(ID, 3);
    // The consumer begins anew, and what it delivers looks like what is there already.
    worker.turn();
    worker.commit();

    assertThatThrownBy(() -> worker.turnUntil("it fails", () -> false))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("was deleted and created again");
  }

  @Test
  void aTopicThatIsCreatedAgainIsNoticedEvenIfItsOffsetsFollow() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 5);
    worker.assign(ID);
    worker.turn();
    worker.commit();
    world.kafka.recreate("orders");
    world.kafka.produce(ID, 5);
    world.clock.addAndGet(60_000);
    worker.commit();

    assertThatThrownBy(() -> worker.turnUntil("it fails", () -> false))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("was deleted and created again");
  }

  // ---- memory and objects

  @Test
  void fullMemoryPausesAndResumes() {
    world.with(
        settings ->
            settings
                .withFlush(new SinkSettings.Flush(1 << 30, 1 << 30, 3_600_000))
                .withMemory(new SinkSettings.Memory(20_000, 20_000, 1, Compression.NONE)));
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 200);
    worker.assign(ID);
    store.follow(key -> ScriptedStore.WAL.test(key) ? Answer.HANGS : Answer.HONEST);
    worker.turnUntil("it is paused", () -> worker.is(ID, PartitionState.PAUSED));
    long accepted = worker.engine.metrics().bufferedBytes.get();
    worker.turn();

    assertThat(worker.isPaused(ID)).isTrue();
    assertThat(worker.engine.metrics().bufferedBytes.get()).isEqualTo(accepted);
    store.heal();
    store.land();
    worker.turnUntil("it goes on", () -> worker.is(ID, PartitionState.OPEN));
    assertThat(worker.isPaused(ID)).isFalse();
    worker.turnUntil(
        "all is there",
        () -> {
          worker.commit();
          return world.written(ID).size() == 200;
        });
    world.assertExactlyOnce(ID);
  }

  @Test
  void manyPartitionsShareAnObject() {
    List<TopicPartition> ids =
        IntStream.range(0, 200).mapToObj(number -> new TopicPartition("orders", number)).toList();
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    ids.forEach(id -> world.kafka.produce(id, 3));
    worker.assign(ids);
    long before = store.count(ScriptedStore.WAL);
    worker.turn();
    worker.commit();

    assertThat(store.count(ScriptedStore.WAL) - before).isEqualTo(1);
    world.assertExactlyOnce(ids.get(0), ids.get(99), ids.get(199));
  }

  @Test
  void partitionsThatAreYoungerGoIntoTheObjectOfOneThatIsDue() {
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 3);
    world.kafka.produce(OTHER, 1);
    worker.assign(ID, OTHER);
    worker.maxPoll = 3;
    worker.turn();
    world.clock.addAndGet(4_000);
    world.kafka.produce(OTHER, 2);
    worker.turn();
    world.clock.addAndGet(1_000);
    turnUntilWritten(worker, ID, 3);
    worker.commit();

    assertThat(store.count(ScriptedStore.WAL)).isEqualTo(1);
    world.assertExactlyOnce(ID, OTHER);
  }

  @Test
  void topicsThatShareAPartitionOfALogKeepTheirOrder() {
    world.with(
        settings ->
            settings.withMapping(
                new TopicMapping(
                    "logs", "all", Map.of(), TopicMapping.Partitions.MODULO, 1, true, true)));
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 30);
    world.kafka.produce(OTHER, 30);
    worker.assign(ID, OTHER);
    worker.turn();
    worker.commit();
    worker.commit();

    List<String> written = world.written(ID);
    for (TopicPartition id : List.of(ID, OTHER)) {
      assertThat(written.stream().filter(value -> value.startsWith(id + ":")).toList())
          .isEqualTo(world.kafka.expected(id));
    }
    assertThat(written).hasSize(60);
  }

  @Test
  void topicsThatShareAPartitionOfALogDoNotShareABatch() {
    world.with(
        settings ->
            settings.withMapping(
                new TopicMapping(
                    "logs", "all", Map.of(), TopicMapping.Partitions.MODULO, 1, true, true)));
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 3);
    world.kafka.produce(OTHER, 3);
    worker.assign(ID, OTHER);
    worker.turn();
    AtomicInteger heads = new AtomicInteger();
    store.follow(
        key ->
            ScriptedStore.HEAD.test(key) && heads.incrementAndGet() == 2
                ? Answer.REFUSED
                : Answer.HONEST);
    worker.commit();
    assertThat(heads).hasValue(2);
    assertThat(worker.engine.metrics().losses.get()).isEqualTo(1);
    worker.turnUntil(
        "all is written",
        () -> {
          world.clock.addAndGet(100);
          worker.commit();
          return world.written(ID).size() >= 6;
        });

    assertThat(world.written(ID)).hasSize(6).doesNotHaveDuplicates();
  }

  @Test
  void lingerFlushesWithoutAnyCommit() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 3);
    worker.assign(ID);
    worker.turn();
    worker.turn();
    assertThat(world.written(ID)).isEmpty();
    world.clock.addAndGet(5_000);
    turnUntilWritten(worker, ID, 3);
    world.assertExactlyOnce(ID);
  }

  // ---- records that are special

  private FakeWorker workerWith(Tombstones tombstones) {
    world.with(
        settings ->
            settings.withRecords(
                new SinkSettings.Records(tombstones, OnRerouted.REJECT, true, "from.")));
    return world.worker();
  }

  @Test
  void tombstonesAreWrittenWithTheirOriginIfAsked() {
    FakeWorker worker = workerWith(Tombstones.WRITE);
    world.kafka.produceTombstone(ID);
    worker.assign(ID);
    worker.turn();
    worker.commit();

    assertThat(world.records(ID))
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.value()).isNull();
              assertThat(record.key()).isEqualTo("key0".getBytes(StandardCharsets.UTF_8));
              assertThat(record.timestamp()).isEqualTo(1_000);
              assertThat(record.headers()).hasSize(3);
              assertThat(record.headers().get(2).name()).isEqualTo("from.offset");
            });
  }

  @Test
  void tombstonesThatAreSkippedMoveThePosition() {
    FakeWorker worker = workerWith(Tombstones.SKIP);
    world.kafka.produce(ID, 2);
    world.kafka.produceTombstone(ID);
    worker.assign(ID);
    worker.turn();
    worker.commit();

    assertThat(world.written(ID)).hasSize(2);
    assertThat(world.position(ID).nextOffset()).isEqualTo(3);
    assertThat(worker.engine.metrics().tombstonesSkipped.get()).isEqualTo(1);
  }

  @Test
  void tombstonesFailTheTaskIfNobodyTakesThem() {
    FakeWorker worker = workerWith(Tombstones.FAIL);
    world.kafka.produceTombstone(ID);
    worker.assign(ID);

    assertThatThrownBy(worker::turn)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("offset 0 of orders-0")
        .hasMessageContaining("tombstones=skip");
  }

  @Test
  void anAppendWaitsForWhatIsReportedBeforeIt() {
    world.with(
        settings ->
            settings
                .withPatience(new SinkSettings.Patience(10_000, 200, 60_000, 100, 1_000, -1))
                .withRecords(
                    new SinkSettings.Records(Tombstones.FAIL, OnRerouted.REJECT, false, "")));
    List<CompletableFuture<Void>> reports = new ArrayList<>();
    FakeWorker worker =
        world.worker(
            new ScriptedStore(world.honest),
            (record, error) -> {
              reports.add(new CompletableFuture<>());
              return reports.get(reports.size() - 1);
            });
    world.kafka.produce(ID, 2);
    world.kafka.produceTombstone(ID);
    world.kafka.produce(ID, 2);
    worker.assign(ID);
    worker.turn();
    worker.commit();

    assertThat(world.written(ID)).isEmpty();
    assertThat(world.position(ID).nextOffset()).isZero();
    reports.get(0).complete(null);
    worker.commit();
    assertThat(world.written(ID)).hasSize(4);
    assertThat(world.position(ID).nextOffset()).isEqualTo(5);
  }

  @Test
  void aReportThatFailsFailsTheTask() {
    world.with(
        settings ->
            settings.withRecords(
                new SinkSettings.Records(Tombstones.FAIL, OnRerouted.REJECT, false, "")));
    FakeWorker worker =
        world.worker(
            new ScriptedStore(world.honest),
            (record, error) ->
                CompletableFuture.failedFuture(new IllegalStateException("no queue")));
    world.kafka.produceTombstone(ID);
    worker.assign(ID);

    assertThatThrownBy(worker::turn)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("dead letter queue");
    assertThat(world.position(ID).nextOffset()).isZero();
  }

  // ---- trouble

  @Test
  void anAppendThatIsAnsweredAfterThePartitionWasLostSaysNothing() {
    world.with(
        settings ->
            settings.withMemory(new SinkSettings.Memory(8 << 20, 2_000, 2, Compression.NONE)));
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 10);
    worker.assign(ID);
    AtomicBoolean append = store.once(ScriptedStore.HEAD, Answer.HANGS_AFTERWARDS);
    worker.turnUntil("it appends", append::get);
    store.once(ScriptedStore.WAL, Answer.REFUSED);
    world.kafka.produce(ID, 30);
    worker.turnUntil("it is lost", () -> worker.is(ID, PartitionState.LOST));
    store.land();
    worker.turn();

    turnUntilWritten(worker, ID, 40);
    world.assertExactlyOnce(ID);
  }

  @Test
  void aLogGrowsWithItsTopic() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 3);
    worker.assign(ID);
    worker.turn();
    world.kafka.produce(OTHER, 3);
    worker.assign(OTHER);
    worker.turn();
    worker.commit();

    world.assertExactlyOnce(ID, OTHER);
  }

  @Test
  void aLogThatWasDeletedFailsTheTask() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 3);
    worker.assign(ID);
    worker.turn();
    try (RaftlessLog log =
        RaftlessLog.open(world.honest, world.settings.mapping().log(ID.topic()))) {
      log.delete("test").join();
    }
    worker.commit();

    assertThatThrownBy(worker::turn)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("If the log was deleted on purpose");
  }

  @Test
  void aStoreThatFailsForTooLongFailsTheTask() {
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    world.kafka.produce(ID, 3);
    worker.assign(ID);
    worker.turn();
    store.follow(key -> Answer.REFUSED);
    worker.commit();

    assertThatThrownBy(
            () ->
                worker.turnUntil(
                    "it fails",
                    () -> {
                      world.clock.addAndGet(1_000);
                      return false;
                    }))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("retry.timeout.ms");
  }

  @Test
  void aKafkaThatCannotBeAskedDelaysTheOpenOnly() {
    world.with(
        settings ->
            settings.withPatience(
                new SinkSettings.Patience(100, 2_000, 60_000, 100, 1_000, 900_000)));
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 3);
    world.kafka.isDown = true;
    worker.assign(ID);
    assertThat(worker.is(ID, PartitionState.ACQUIRING)).isTrue();
    assertThat(worker.isPaused(ID)).as("its records end the poll that open is called in").isFalse();
    worker.turn();
    assertThat(worker.is(ID, PartitionState.ACQUIRING)).isTrue();
    assertThat(worker.isPaused(ID)).isTrue();
    world.kafka.isDown = false;
    worker.turnUntil(
        "it is open",
        () -> {
          world.clock.addAndGet(100);
          return worker.is(ID, PartitionState.OPEN);
        });
    worker.turn();
    worker.commit();
    world.assertExactlyOnce(ID);
  }

  @Test
  void aNewSinkMayFollowTheConsumer() {
    world.with(
        settings ->
            settings.withResume(
                new ResumePolicy(OnTrouble.FAIL, OnTrouble.FAIL, StartPosition.COMMITTED)));
    world.kafka.produce(ID, 9);
    world.kafka.committed.put(ID, 6L);
    ScriptedStore store = new ScriptedStore(world.honest);
    FakeWorker worker = world.worker(store);
    worker.assign(ID);
    worker.turn();
    // Lost before anything was stored: it begins where it began.
    store.once(ScriptedStore.HEAD, Answer.REFUSED);
    worker.commit();
    worker.turnUntil(
        "it is open",
        () -> {
          world.clock.addAndGet(100);
          return worker.is(ID, PartitionState.OPEN);
        });
    worker.turn();
    worker.commit();

    assertThat(world.written(ID)).containsExactly("orders-0:6", "orders-0:7", "orders-0:8");
    assertThat(world.position(ID).nextOffset()).isEqualTo(9);
  }

  @Test
  void theMetricsSayWhatHappened() {
    FakeWorker worker = world.worker();
    world.kafka.produce(ID, 9);
    worker.assign(ID);
    worker.turn();
    worker.commit();

    SinkMetrics metrics = worker.engine.metrics();
    assertThat(metrics.records.get()).isEqualTo(9);
    assertThat(metrics.bytes.get()).isPositive();
    assertThat(metrics.appends.get()).isEqualTo(1);
    assertThat(metrics.rewinds.get()).isEqualTo(1);
    assertThat(metrics.partitions(PartitionState.OPEN)).isEqualTo(1);
    worker.revoke(List.of(ID));
    assertThat(metrics.partitions(PartitionState.OPEN)).isZero();
    assertThat(metrics.bufferedBytes.get()).isZero();
  }
}
