package io.raftless.connect;

import static io.raftless.connect.SourceBench.append;
import static io.raftless.connect.SourceBench.bytes;
import static io.raftless.connect.SourceBench.failure;
import static io.raftless.connect.SourceBench.header;
import static io.raftless.connect.SourceBench.poll;
import static io.raftless.connect.SourceBench.read;
import static io.raftless.connect.SourceBench.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.raftless.format.LogRecord;
import io.raftless.log.PartitionLag;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ResetTo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RaftlessSourceTaskTest {
  private final SourceBench bench = new SourceBench();

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void recordsComeAsTheyAreInTheLog() throws Exception {
    RaftlessLog log = bench.create("orders", 3);
    append(
        log,
        2,
        List.of(
            new LogRecord(
                bytes("key"),
                bytes("value"),
                List.of(
                    header("a", bytes("1")),
                    header("a", bytes("2")),
                    header("none", null),
                    header("empty", new byte[0])),
                1_234),
            LogRecord.of(bytes("gone"), null, 5),
            LogRecord.of(null, new byte[0], -1)));

    List<SourceRecord> records = read(bench.startedTask(), 3);

    SourceRecord first = records.get(0);
    assertThat(first.topic()).isEqualTo("orders");
    assertThat(first.kafkaPartition()).isEqualTo(2);
    assertThat((byte[]) first.key()).isEqualTo(bytes("key"));
    assertThat((byte[]) first.value()).isEqualTo(bytes("value"));
    assertThat(first.timestamp()).isEqualTo(1_234);
    assertThat(first.headers()).extracting(h -> h.key()).containsExactly("a", "a", "none", "empty");
    assertThat(first.headers())
        .extracting(h -> (byte[]) h.value())
        .containsExactly(bytes("1"), bytes("2"), null, new byte[0]);
    assertThat(records.get(1).value()).isNull();
    assertThat((byte[]) records.get(1).key()).isEqualTo(bytes("gone"));
    assertThat(records.get(2).key()).isNull();
    assertThat((byte[]) records.get(2).value()).isEmpty();
    assertThat(records.get(2).timestamp()).isNull();
    assertThat(records)
        .extracting(record -> (Object) record.sourceOffset())
        .containsExactly(Map.of("offset", 1L), Map.of("offset", 2L), Map.of("offset", 3L));
    assertThat(first.sourcePartition())
        .isEqualTo(
            Map.of(
                "log",
                "team/logs/orders",
                "incarnation",
                log.incarnation().toString(),
                "partition",
                2));
  }

  @Test
  void theTopicIsNamedAfterPrefixAndLogAndTheProducerMayChooseThePartition() throws Exception {
    append(bench.create("orders", 1), 0, "a");
    bench.with("topic.format", "${prefix}.${log}").with("partition.mapping", "hash");

    SourceRecord record = read(bench.startedTask(), 1).get(0);

    assertThat(record.topic()).isEqualTo("team-logs.orders");
    assertThat(record.kafkaPartition()).isNull();
  }

  @Test
  void afterTheOffsetOfAnyRecordEveryOtherComesOnce() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2");
    append(log, 0, "3");
    append(log, 0, "4", "5");
    List<SourceRecord> all = read(bench.startedTask(), 6);
    assertThat(words(all)).containsExactly("0", "1", "2", "3", "4", "5");

    for (int last = 0; last < 5; last++) {
      bench.offsets.clear();
      bench.offsets.store(all.get(last));
      List<SourceRecord> rest = read(bench.startedTask(), 5 - last);
      assertThat(words(rest)).isEqualTo(words(all).subList(last + 1, 6));
    }
  }

  @Test
  void aPollHasNoMoreRecordsThanAskedForAndKeepsTheirOrder() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2", "3", "4");
    append(log, 0, "5", "6");
    RaftlessSourceTask task = bench.with("poll.records.max", "2").startedTask();

    List<SourceRecord> all = new ArrayList<>();
    while (all.size() < 7) {
      List<SourceRecord> polled = poll(task);
      assertThat(polled).hasSizeLessThanOrEqualTo(2);
      all.addAll(polled);
    }
    assertThat(words(all)).containsExactly("0", "1", "2", "3", "4", "5", "6");
  }

  @Test
  void aPollIsAQuarterOfWhatMayBeOnItsWayUnlessNothingIs() throws Exception {
    int bytes = 1_024; // With a key of one byte.
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, Collections.nCopies(300, LogRecord.of(bytes("k"), new byte[bytes - 1], 1_000)));
    bench.with("poll.records.max", "100").with("in.flight.bytes", Integer.toString(64 * bytes));
    RaftlessSourceTask task = bench.startedTask();

    List<SourceRecord> first = read(task, 100);
    first.subList(0, 60).forEach(record -> task.commitRecord(record, null));
    assertThat(poll(task)).as("40 are on their way").hasSize(16);
    assertThat(poll(task)).as("56 are on their way").hasSize(16);
  }

  @Test
  void aPollIsWholeWhereAcknowledgementsComeWithTheEndOfATransaction() throws Exception {
    int bytes = 1_024;
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, Collections.nCopies(300, LogRecord.of(bytes("k"), new byte[bytes - 1], 1_000)));
    bench.with("poll.records.max", "100").with("in.flight.bytes", Integer.toString(64 * bytes));
    RaftlessSourceTask task = bench.startedTask();

    // A transaction is a poll: when the next one begins, all of it has been acknowledged.
    read(task, 100).forEach(record -> task.commitRecord(record, null));
    assertThat(poll(task)).hasSize(100);
    // A transaction is longer: nothing is acknowledged meanwhile.
    assertThat(poll(task)).hasSize(100);
  }

  @Test
  void aTransactionIsABatchOfTheLogAndAPollEndsWithOne() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2");
    append(log, 0, "3");
    append(log, 0, "4", "5");
    bench.definesTransactions = true;
    RaftlessSourceTask task = bench.with("poll.records.max", "2").startedTask();

    List<SourceRecord> all = new ArrayList<>();
    while (all.size() < 6) {
      List<SourceRecord> polled = poll(task);
      if (!polled.isEmpty()) {
        assertThat(bench.transactions.commits).contains(polled.get(polled.size() - 1));
      }
      all.addAll(polled);
    }
    List<String> ends =
        all.stream().filter(bench.transactions.commits::contains).map(SourceBench::word).toList();
    assertThat(ends).containsExactly("2", "3", "5");
  }

  @Test
  void aTransactionHasSoManyRecordsAtMostAndAPollEndsWithOne() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2", "3", "4");
    append(log, 0, "5", "6");
    bench.definesTransactions = true;
    bench.with("transaction.unit", "records").with("transaction.records", "2");
    RaftlessSourceTask task = bench.with("poll.records.max", "1").startedTask();

    int sinceCommit = 0;
    int seen = 0;
    while (seen < 7) {
      for (SourceRecord record : poll(task)) {
        seen++;
        sinceCommit++;
        assertThat(sinceCommit).isLessThanOrEqualTo(2);
        if (bench.transactions.commits.contains(record)) {
          sinceCommit = 0;
        }
      }
      assertThat(sinceCommit).as("open after a poll").isZero();
    }
  }

  @Test
  void aTaskThatCrashedBetweenTransactionsGoesOnAfterTheLastOne() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2");
    append(log, 0, "3", "4");
    bench.definesTransactions = true;
    List<String> committed = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (SourceRecord record : read(bench.startedTask(), 5)) {
      open.add(SourceBench.word(record));
      if (bench.transactions.commits.contains(record) && committed.isEmpty()) {
        bench.offsets.store(record);
        committed.addAll(open);
      }
    }
    assertThat(committed).containsExactly("0", "1", "2");

    assertThat(words(read(bench.startedTask(), 2))).containsExactly("3", "4");
  }

  @Test
  void theGroupsCursorMovesOnlyUpToWhatHasNoGapBeforeIt() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2", "3");
    RaftlessSourceTask task = bench.startedTask();
    List<SourceRecord> records = read(task, 4);

    task.commitRecord(records.get(0), null);
    task.commitRecord(records.get(2), null);
    task.commit();
    assertThat(bench.cursor(log, 0)).hasValue(1);

    task.commitRecord(records.get(1), null);
    task.commit();
    assertThat(bench.cursor(log, 0)).hasValue(3);
    assertThat(log.group("copy").lag().join().values())
        .extracting(PartitionLag::records)
        .containsExactly(1L);

    task.commitRecord(records.get(3), null);
    task.stop();
    assertThat(bench.cursor(log, 0)).as("the last ones at the stop").hasValue(4);
  }

  @Test
  void onlyARecordThatWasPolledIsAcknowledged() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    RaftlessSourceTask task = bench.startedTask();
    SourceRecord polled = read(task, 1).get(0);
    SourceRecord transformed =
        polled.newRecord(
            "other",
            null,
            polled.keySchema(),
            polled.key(),
            polled.valueSchema(),
            polled.value(),
            polled.timestamp());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> task.commitRecord(transformed, null))
        .withMessageContaining("no poll returned");
    task.commit();
    assertThat(bench.cursor(log, 0)).hasValue(0);

    task.commitRecord(polled, null);
    task.commit();
    assertThat(bench.cursor(log, 0)).hasValue(1);
  }

  @Test
  void cursorsStayWhereTheyAreIfNotWanted() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    RaftlessSourceTask task = bench.with("group.commit", "false").startedTask();
    task.commitRecord(read(task, 1).get(0), null);
    task.commit();
    task.stop();
    assertThat(bench.cursor(log, 0)).hasValue(0);
  }

  @Test
  void cursorsAreNotMovedMoreOftenThanSaid() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1");
    RaftlessSourceTask task = bench.with("group.commit.interval.ms", "60000").startedTask();
    List<SourceRecord> records = read(task, 2);
    task.commitRecord(records.get(0), null);
    task.commit();
    task.commitRecord(records.get(1), null);
    task.commit();
    assertThat(bench.cursor(log, 0)).hasValue(1);

    bench.extraNanos.set(Duration.ofSeconds(61).toNanos());
    task.commit();
    assertThat(bench.cursor(log, 0)).hasValue(2);
  }

  @Test
  void aCursorThatCannotBeMovedDoesNotFailTheTask() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1");
    RaftlessSourceTask task = bench.startedTask();
    List<SourceRecord> records = read(task, 2);
    bench.store.failFor(key -> key.contains("cursor"));
    records.forEach(record -> task.commitRecord(record, null));
    task.commit();
    assertThat(poll(task)).isEmpty();

    bench.store.heal();
    task.stop();
    assertThat(bench.cursor(log, 0)).as("moved later").hasValue(2);
  }

  @Test
  void aCursorThatSomebodyResetIsLeftAlone() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1");
    RaftlessSourceTask task = bench.startedTask();
    List<SourceRecord> records = read(task, 2);
    log.group("copy").reset(0, ResetTo.earliest()).join();

    records.forEach(record -> task.commitRecord(record, null));
    task.commit();
    task.stop();

    assertThat(bench.cursor(log, 0)).hasValue(0);
  }

  @Test
  void trimmedRecordsFailTheTaskUnlessToldOtherwise() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1");
    append(log, 0, "2", "3");
    bench.offsets.store(read(bench.startedTask(), 4).get(0));
    log.trim(0, 2).join();

    assertThat(failure(bench.startedTask()))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("records 1 to 1 of partition 0 of log team/logs/orders were trimmed")
        .hasMessageContaining("on.trimmed=earliest");

    RaftlessSourceTask task = bench.with("on.trimmed", "earliest").startedTask();
    List<SourceRecord> rest = read(task, 2);
    assertThat(words(rest)).containsExactly("2", "3");
    assertThat(bench.metrics.value("source-trimmed-records-total")).isEqualTo(1);
    rest.forEach(record -> task.commitRecord(record, null));
    task.stop();
    assertThat(bench.cursor(log, 0)).as("nobody acknowledges what was trimmed").hasValue(4);
  }

  @Test
  void anOffsetBeyondTheEndFailsTheTask() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    SourceRecord record = read(bench.startedTask(), 1).get(0);
    bench.offsets.store(record, 7);

    assertThat(failure(bench.startedTask()))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("ends at 1, and the offset to go on at is 7");
  }

  @Test
  void aDeletedLogFailsTheTaskUnlessToldOtherwise() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    RaftlessLog other = bench.create("other", 1);
    append(log, 0, "0");
    bench.with("logs", "orders,other");
    RaftlessSourceTask failing = bench.startedTask();
    RaftlessSourceTask going = bench.with("on.removed", "ignore").startedTask();
    read(failing, 1);
    read(going, 1);

    log.delete("test").join();
    append(other, 0, "x");

    assertThat(failure(failing))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("partition 0 of log team/logs/orders is gone")
        .hasMessageContaining("on.removed=ignore");
    assertThat(words(read(going, 1))).containsExactly("x");
  }

  @Test
  void aTaskForALogThatWasCreatedAgainDoesNotReadTheNewOne() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "old");
    Map<String, String> config = bench.startedConnector().taskConfigs(1).get(0);
    log.delete("test").join();
    append(bench.create("orders", 1), 0, "new");

    assertThat(failure(bench.task(config)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("partition 0 of log team/logs/orders is gone");

    RaftlessSourceTask going = bench.task(with(config, "on.removed", "ignore"));
    assertThat(poll(going)).isEmpty();
    assertThat(poll(going)).isEmpty();
  }

  private static Map<String, String> with(Map<String, String> config, String key, String value) {
    Map<String, String> changed = new HashMap<>(config);
    changed.put(key, value);
    return changed;
  }

  @Test
  void whatCannotBeConvertedFailsWithItsPlaceAfterWhatIsBeforeIt() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(
        log,
        0,
        List.of(
            SourceBench.record("0"),
            LogRecord.of(null, bytes("bad"), -7),
            SourceBench.record("2")));
    RaftlessSourceTask task = bench.startedTask();

    assertThat(words(read(task, 1))).containsExactly("0");
    assertThat(failure(task))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("offset 1 of partition 0 of log team/logs/orders")
        .hasMessageContaining("timestamp is -7");
  }

  @Test
  void withTransactionsOfBatchesNoPartOfABatchComesBeforeWhatCannotBeConverted() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    append(log, 0, List.of(SourceBench.record("1"), LogRecord.of(null, bytes("bad"), -7)));
    bench.definesTransactions = true;
    RaftlessSourceTask task = bench.startedTask();

    assertThat(words(read(task, 1))).containsExactly("0");
    assertThat(failure(task)).isInstanceOf(DataException.class).hasMessageContaining("offset 2");
  }

  @Test
  void aStoreThatFailsIsTriedAgainAndThenEveryRecordComesOnce() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    RaftlessSourceTask task = bench.startedTask();
    read(task, 1);
    append(log, 0, "1");
    bench.store.failFor(key -> key.contains("/wal/"));
    while (bench.metrics.value("source-store-failures-total") == 0) {
      assertThat(poll(task)).isEmpty();
    }

    bench.store.heal();
    bench.extraNanos.set(Duration.ofSeconds(5).toNanos());
    assertThat(words(read(task, 1))).containsExactly("1");
  }

  @Test
  void aStoreThatFailsAtTheBeginningIsTriedAgainUntilTheTimeOut() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    RaftlessSourceTask task = bench.with("retry.timeout.ms", "60000").startedTask();
    bench.store.failFor(key -> true);
    while (bench.metrics.value("source-store-failures-total") == 0) {
      assertThat(poll(task)).isEmpty();
    }
    bench.extraNanos.set(Duration.ofSeconds(61).toNanos());

    assertThat(failure(task))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("the store has failed for 6")
        .hasMessageContaining("retry.timeout.ms");
  }

  @Test
  void stoppingFromAnotherThreadEndsAPollAndEverythingAfterIt() throws Exception {
    bench.create("orders", 1);
    RaftlessSourceTask task = bench.startedTask();
    CountDownLatch polls = new CountDownLatch(1);
    AtomicBoolean isStopped = new AtomicBoolean();
    CompletableFuture<Boolean> ended =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                while (!isStopped.get()) {
                  polls.countDown();
                  task.poll();
                }
                return true;
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    polls.await();
    isStopped.set(true);
    task.stop();
    assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
    task.stop();
    assertThat(task.poll()).isNull();
  }

  @Test
  void metricsTellWhatWasReadAndWhatIsLeft() throws Exception {
    RaftlessLog log = bench.create("orders", 2);
    append(log, 0, "0", "1", "2");
    RaftlessSourceTask task = bench.with("poll.records.max", "1").startedTask();
    read(task, 1);
    bench.extraNanos.set(Duration.ofSeconds(2).toNanos());
    read(task, 1);

    assertThat(bench.metrics.value("source-records-total")).isEqualTo(2);
    assertThat(bench.metrics.value("source-bytes-total")).isEqualTo(6);
    assertThat(bench.metrics.value("source-lag-records")).isEqualTo(1);
    assertThat(bench.metrics.value("source-partitions")).isEqualTo(2);
    assertThat(bench.metrics.value("source-polls-total")).isGreaterThanOrEqualTo(2);
    assertThat(bench.metrics.value("source-store-requests-total")).isPositive();
  }

  @Test
  void onAWorkerWithoutMetricsOfPluginsRecordsComeAllTheSame() throws Exception {
    append(bench.create("orders", 1), 0, "0");
    bench.isOldWorker = true;
    assertThat(words(read(bench.startedTask(), 1))).containsExactly("0");
  }

  @Test
  void recordsOfManyPartitionsComeInTheOrderOfEachAndOnce() throws Exception {
    RaftlessLog log = bench.create("orders", 4);
    for (int batch = 0; batch < 5; batch++) {
      for (int partition = 0; partition < 4; partition++) {
        append(log, partition, partition + ":" + 2 * batch, partition + ":" + (2 * batch + 1));
      }
    }
    RaftlessSourceTask task = bench.with("poll.records.max", "3").startedTask();
    List<SourceRecord> all = read(task, 40);
    for (int partition = 0; partition < 4; partition++) {
      int number = partition;
      assertThat(all.stream().filter(record -> record.kafkaPartition() == number))
          .extracting(SourceBench::word)
          .containsExactly(
              IntStream.range(0, 10).mapToObj(i -> number + ":" + i).toArray(String[]::new));
    }
  }
}
