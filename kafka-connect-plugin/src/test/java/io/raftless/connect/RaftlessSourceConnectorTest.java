package io.raftless.connect;

import static io.raftless.connect.SourceBench.append;
import static io.raftless.connect.SourceBench.poll;
import static io.raftless.connect.SourceBench.read;
import static io.raftless.connect.SourceBench.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.log.RaftlessLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RaftlessSourceConnectorTest {
  private final SourceBench bench = new SourceBench();

  @AfterEach
  void close() {
    bench.close();
  }

  // Where to start

  @Test
  void theFirstStartAtLatestIsKeptAlthoughNothingWasRead() throws Exception {
    RaftlessLog log = bench.create("orders", 2);
    append(log, 0, "before");
    bench.with("start.position", "latest");
    bench.startedConnector().stop();
    append(log, 0, "after");

    assertThat(words(read(bench.startedTask(), 1))).containsExactly("after");
  }

  @Test
  void theFirstStartAtATimeIsKept() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, List.of(LogRecord.of(null, SourceBench.bytes("old"), 100)));
    append(log, 0, List.of(LogRecord.of(null, SourceBench.bytes("new"), 200)));
    bench.with("start.position", "timestamp").with("start.timestamp.ms", "150");
    assertThat(words(read(bench.startedTask(), 1))).containsExactly("new");
    bench.with("start.timestamp.ms", "50");
    assertThat(words(read(bench.startedTask(), 1))).containsExactly("new");
  }

  @Test
  void partitionsThatComeLaterAreReadFromTheirBeginning() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    bench.with("start.position", "latest");
    bench.startedConnector().stop();
    log.addPartitions(2).join();
    append(log, 1, "first");

    assertThat(words(read(bench.startedTask(), 1))).containsExactly("first");
  }

  @Test
  void logsThatComeLaterAreReadFromTheirBeginningWhateverTheyAreCalled() throws Exception {
    bench.create("m", 1);
    bench.with("start.position", "latest").without("logs").with("logs.regex", "[a-z]+");
    bench.startedConnector().stop();
    append(bench.create("a", 1), 0, "in a");
    append(bench.create("z", 1), 0, "in z");

    assertThat(words(read(bench.startedTask(), 2))).containsExactlyInAnyOrder("in a", "in z");
  }

  @Test
  void logsThatCameLaterTellOfTheStartWhenTheFirstOnesAreDeleted() throws Exception {
    RaftlessLog first = bench.create("m", 1);
    bench.with("start.position", "latest").without("logs").with("logs.regex", "[a-z]+");
    RaftlessSourceConnector connector = bench.startedConnector();
    bench.create("n", 1);
    bench.rounds.next();
    connector.stop();
    first.delete("test").join();
    append(bench.create("o", 1), 0, "in o");

    assertThat(words(read(bench.startedTask(), 1))).containsExactly("in o");
  }

  @Test
  void aFirstStartThatCrashedHalfWayIsAFirstStartStill() throws Exception {
    RaftlessLog a = bench.create("a", 1);
    RaftlessLog b = bench.create("b", 1);
    append(a, 0, "old a");
    append(b, 0, "old b");
    bench.with("start.position", "latest").with("logs", "a,b");
    // Log a gets its cursor, log b does not.
    bench.store.failToWrite(key -> key.contains("/b/") && key.contains("/cursors/"));
    failsToBegin();
    assertThat(bench.cursor(a, 0)).hasValue(1);
    bench.store.heal();
    append(a, 0, "a after the crash");

    RaftlessSourceTask task = bench.startedTask();
    append(b, 0, "b after the start");

    assertThat(words(read(task, 2)))
        .containsExactlyInAnyOrder("a after the crash", "b after the start");
  }

  private void failsToBegin() {
    RaftlessSourceConnector connector = bench.startedConnector();
    assertThatThrownBy(() -> connector.taskConfigs(1))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("not known yet");
    connector.stop();
  }

  @Test
  void aFirstStartThatCrashedBetweenMarkersLostNothing() throws Exception {
    RaftlessLog a = bench.create("a", 1);
    RaftlessLog b = bench.create("b", 1);
    bench.with("start.position", "latest").with("logs", "a,b");
    bench.store.failToWrite(key -> key.contains("/b/") && key.contains("copy.started"));
    failsToBegin();
    bench.store.heal();
    append(a, 0, "in a");
    append(b, 0, "in b");

    assertThat(words(read(bench.startedTask(), 2))).containsExactlyInAnyOrder("in a", "in b");
  }

  @Test
  void storedOffsetsGoBeforeCursors() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2");
    RaftlessSourceTask task = bench.startedTask();
    var records = read(task, 3);
    bench.offsets.store(records.get(0));
    records.forEach(record -> task.commitRecord(record, null));
    task.stop();
    assertThat(bench.cursor(log, 0)).hasValue(3);

    assertThat(words(read(bench.startedTask(), 2))).containsExactly("1", "2");
  }

  @Test
  void withoutACursorAPartitionIsReadFromItsBeginning() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0");
    bench.with("start.position", "latest");
    Map<String, String> config = bench.startedConnector().taskConfigs(1).get(0);
    log.group("copy").delete().join();

    assertThat(words(read(bench.task(config), 1))).containsExactly("0");
  }

  // Tasks and the monitor

  @Test
  void tasksDifferByOnePartitionAtMostAndAreTheSameEachTime() throws Exception {
    bench.create("orders", 5);
    bench.create("payments", 2);
    bench.with("logs", "payments,orders");
    RaftlessSourceConnector connector = bench.startedConnector();

    List<Map<String, String>> configs = connector.taskConfigs(3);

    assertThat(configs).hasSize(3).isEqualTo(connector.taskConfigs(3));
    assertThat(bench.startedConnector().taskConfigs(3)).isEqualTo(configs);
    assertThat(connector.taskConfigs(100)).hasSize(7);
    assertThat(configs.get(0).get("task.partitions"))
        .matches("orders@[0-9a-f-]{36}:0-1;payments@[0-9a-f-]{36}:1");
    assertThat(configs.get(0)).containsEntry("logs", "payments,orders");
  }

  @Test
  void withoutALogThereAreNoTasksUntilThereIsOne() throws Exception {
    RaftlessSourceConnector connector = bench.startedConnector();
    assertThat(connector.taskConfigs(2)).isEmpty();
    append(bench.create("orders", 1), 0, "0");
    bench.rounds.next();
    assertThat(bench.connectorContext.reconfigurations).isEqualTo(1);
    assertThat(words(read(bench.task(connector.taskConfigs(2).get(0)), 1))).containsExactly("0");
  }

  @Test
  void reconfigurationIsAskedForOnceForEachChange() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    bench.without("logs").with("logs.regex", "o.*").with("start.position", "latest");
    RaftlessSourceConnector connector = bench.startedConnector();
    bench.rounds.next();
    assertThat(bench.connectorContext.reconfigurations).isZero();

    log.addPartitions(3).join();
    assertThat(bench.rounds.next()).hasValue(Duration.ofMinutes(1));
    bench.rounds.next();
    assertThat(bench.connectorContext.reconfigurations).isEqualTo(1);
    assertThat(bench.cursor(log, 2)).as("pinned before it is given to a task").hasValue(0);

    bench.create("others", 1);
    bench.create("unrelated", 1);
    bench.rounds.next();
    bench.rounds.next();
    assertThat(bench.connectorContext.reconfigurations).isEqualTo(2);
    assertThat(connector.taskConfigs(9)).hasSize(4);
  }

  @Test
  void theMonitorSurvivesAFailingStoreAndWaitsLonger() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    RaftlessSourceConnector connector = bench.startedConnector();
    log.addPartitions(2).join();
    bench.store.failFor(key -> true);
    assertThat(bench.rounds.next()).hasValue(Duration.ofMinutes(1));
    assertThat(bench.rounds.next()).hasValue(Duration.ofMinutes(2));
    assertThat(bench.rounds.next()).hasValue(Duration.ofMinutes(4));
    assertThat(connector.taskConfigs(9)).hasSize(1);

    bench.store.heal();
    assertThat(bench.rounds.next()).hasValue(Duration.ofMinutes(1));
    assertThat(bench.connectorContext.reconfigurations).isEqualTo(1);
    assertThat(connector.taskConfigs(9)).hasSize(2);
  }

  @Test
  void aConnectorWhoseStoreFailsAtTheStartBeginsLaterAndLeavesTheTasksAsTheyAre() throws Exception {
    bench.create("orders", 2);
    bench.with("discovery.interval.ms", "0").store.failFor(key -> true);
    RaftlessSourceConnector connector = bench.startedConnector();
    assertThatThrownBy(() -> connector.taskConfigs(9)).isInstanceOf(ConnectException.class);
    assertThat(bench.rounds.next()).hasValue(Duration.ofSeconds(4));
    assertThatThrownBy(() -> connector.taskConfigs(9)).isInstanceOf(ConnectException.class);

    bench.store.heal();
    assertThat(bench.rounds.next()).as("nothing is looked for").isEmpty();
    assertThat(bench.connectorContext.reconfigurations).isEqualTo(1);
    assertThat(connector.taskConfigs(9)).hasSize(2);
    assertThat(bench.connectorContext.raised).isEmpty();
  }

  @Test
  void aConnectorThatCannotBeginForTooLongFails() throws Exception {
    bench.create("orders", 1);
    bench.with("retry.timeout.ms", "5000").store.failFor(key -> true);
    bench.startedConnector();
    assertThat(bench.rounds.next()).hasValue(Duration.ofSeconds(4));
    assertThat(bench.rounds.next()).isEmpty();
    assertThat(bench.connectorContext.raised)
        .singleElement()
        .isInstanceOf(ConnectException.class)
        .asString()
        .contains("retry.timeout.ms");
  }

  @Test
  void aPartitionThatCannotBePinnedIsNotGivenToATask() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    RaftlessSourceConnector connector = bench.startedConnector();
    log.addPartitions(2).join();
    bench.store.failFor(key -> key.contains("/cursors/"));
    bench.rounds.next();
    assertThat(connector.taskConfigs(9)).hasSize(1);
    assertThat(bench.connectorContext.reconfigurations).isZero();
  }

  @Test
  void aLogThatIsCreatedAgainFailsTheConnectorUnlessToldOtherwise() throws Exception {
    bench.create("orders", 1).delete("test").join();
    RaftlessLog log = bench.create("orders", 1);
    RaftlessSourceConnector failing = bench.startedConnector();
    log.delete("test").join();
    RaftlessLog again = bench.create("orders", 2);
    append(again, 1, "new");

    assertThat(bench.rounds.next()).isEmpty();
    assertThat(bench.connectorContext.raised).hasSize(1);
    assertThat(bench.connectorContext.raised.get(0))
        .hasMessageContaining(log.incarnation().toString())
        .hasMessageContaining("on.removed=ignore");
    assertThat(bench.connectorContext.reconfigurations).isZero();
    failing.stop();
  }

  @Test
  void aLogThatIsCreatedAgainIsReadFromItsBeginningIfToldSo() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    bench.with("on.removed", "ignore").with("start.position", "latest");
    RaftlessSourceConnector going = bench.startedConnector();
    log.delete("test").join();
    append(bench.create("orders", 1), 0, "new");
    bench.rounds.next();

    assertThat(bench.connectorContext.raised).isEmpty();
    assertThat(bench.connectorContext.reconfigurations).isEqualTo(1);
    assertThat(words(read(bench.task(going.taskConfigs(1).get(0)), 1))).containsExactly("new");
  }

  @Test
  void nothingIsLookedForIfNotWantedAndNothingAfterTheStop() throws Exception {
    bench.create("orders", 1);
    bench.with("discovery.interval.ms", "0").startedConnector();
    assertThat(bench.rounds.isRunning).isFalse();

    RaftlessSourceConnector connector = bench.with("discovery.interval.ms", "5").startedConnector();
    assertThat(bench.rounds.isRunning).isTrue();
    connector.stop();
    assertThat(bench.rounds.isRunning).isFalse();
    connector.start(Map.copyOf(bench.options));
    assertThat(bench.rounds.isRunning).as("after a pause").isTrue();
  }

  // Offsets

  private Map<Map<String, ?>, Map<String, ?>> change(
      RaftlessLog log, int partition, @Nullable Object next) {
    Map<String, Object> key = new HashMap<>();
    key.put("partition", partition);
    key.put("log", log.id().toString());
    key.put("incarnation", log.incarnation().toString());
    Map<Map<String, ?>, Map<String, ?>> change = new HashMap<>();
    change.put(
        bench.offsets.normalized(key),
        next == null ? null : bench.offsets.normalized(Map.of("offset", next)));
    return change;
  }

  private void alter(Map<Map<String, ?>, Map<String, ?>> offsets) {
    assertThat(bench.connector().alterOffsets(Map.copyOf(bench.options), offsets)).isTrue();
    bench.offsets.alter(offsets);
  }

  @Test
  void alteredOffsetsAreWhereReadingGoesOn() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2");
    bench.offsets.store(read(bench.startedTask(), 3).get(2));

    alter(change(log, 0, 1));
    alter(change(log, 0, 1));

    assertThat(bench.cursor(log, 0)).hasValue(1);
    assertThat(words(read(bench.startedTask(), 2))).containsExactly("1", "2");
    alter(change(log, 0, 3));
    assertThat(poll(bench.startedTask())).isEmpty();
  }

  @Test
  void alteringTwiceMovesTheCursorOnce() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1", "2");
    bench.startedConnector().stop();
    alter(change(log, 0, 2));
    long generation = bench.position(log, 0).generation();
    alter(change(log, 0, 2));
    assertThat(bench.position(log, 0).generation()).isEqualTo(generation);
  }

  @Test
  void offsetsMayBeAlteredBeforeTheFirstStart() throws Exception {
    RaftlessLog log = bench.create("orders", 2);
    append(log, 0, "0", "1");
    append(log, 1, "old");
    bench.with("start.position", "latest");
    alter(change(log, 0, 1));
    assertThat(words(read(bench.startedTask(), 1))).containsExactly("1");
    assertThat(bench.cursor(log, 1)).hasValue(1);
  }

  @Test
  void aNullOffsetStartsAgainAtTheStartPosition() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    append(log, 0, "0", "1");
    RaftlessSourceTask task = bench.startedTask();
    var records = read(task, 2);
    records.forEach(record -> task.commitRecord(record, null));
    records.forEach(bench.offsets::store);
    task.stop();

    alter(change(log, 0, null));
    alter(change(log, 0, null));

    assertThat(words(read(bench.startedTask(), 2))).containsExactly("0", "1");
  }

  @Test
  void noOffsetsAtAllMakeTheNextStartAFirstStart() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    bench.with("start.position", "latest");
    bench.startedConnector().stop();
    append(log, 0, "skipped by the reset");

    alter(Map.of());
    alter(Map.of());

    assertThat(bench.cursor(log, 0)).isEmpty();
    RaftlessSourceTask task = bench.startedTask();
    append(log, 0, "after");
    assertThat(words(read(task, 1))).containsExactly("after");
  }

  @Test
  void wrongOffsetsAreRefusedAndNothingIsChanged() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    RaftlessLog other = bench.create("other", 1);
    append(log, 0, "0", "1", "2");
    log.trim(0, 1).join();
    bench.startedConnector().stop();
    long generation = bench.position(log, 0).generation();

    refused(change(log, 0, 0), "offset 0 is not in partition 0", "choose 1", "to 3");
    refused(change(log, 0, 4), "offset 4 is not in partition 0");
    refused(change(log, 0, -1), "from 0");
    refused(change(log, 0, "1"), "without quotes");
    refused(change(log, 1, 0), "there is no partition 1", "choose 0 to 0");
    refused(change(other, 0, 0), "is not among those that this connector reads");
    refused(
        Map.of(
            Map.of("log", "team/logs/orders", "incarnation", "x", "partition", 0),
            Map.of("offset", 1)),
        "incarnation");
    refused(Map.of(Map.of("log", "team/logs/orders"), Map.of("offset", 1)), "other keys");
    refused(
        Map.of(
            Map.of(
                "log",
                "team/logs/none",
                "incarnation",
                log.incarnation().toString(),
                "partition",
                0),
            Map.of("offset", 1)),
        "there is no log team/logs/none");
    refused(
        Map.of(
            Map.of(
                "log",
                "team/logs/orders",
                "incarnation",
                other.incarnation().toString(),
                "partition",
                0),
            Map.of("offset", 1)),
        "its incarnation is " + log.incarnation());

    Map<Map<String, ?>, Map<String, ?>> mixed = new HashMap<>(change(log, 0, 2));
    mixed.putAll(change(log, 7, 0));
    refused(mixed, "there is no partition 7");
    assertThat(bench.position(log, 0).generation()).isEqualTo(generation);
  }

  private void refused(Map<Map<String, ?>, Map<String, ?>> offsets, String... messages) {
    assertThatThrownBy(() -> bench.connector().alterOffsets(Map.copyOf(bench.options), offsets))
        .isInstanceOf(ConnectException.class)
        .hasMessageContainingAll(messages);
  }

  @Test
  void offsetsOfLogsThatAreNoMoreCanBeTakenAway() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    Map<Map<String, ?>, Map<String, ?>> change = change(log, 0, null);
    log.delete("test").join();
    alter(change);
    bench.create("orders", 1);
    alter(change);
  }

  @Test
  void aFailingStoreIsToldWhenOffsetsAreAltered() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    bench.store.failFor(key -> true);
    refused(change(log, 0, 0), "ask again");
  }

  // Options

  private List<String> errors(String option) {
    return bench.connector().validate(Map.copyOf(bench.options)).configValues().stream()
        .filter(value -> value.name().equals(option))
        .map(ConfigValue::errorMessages)
        .flatMap(List::stream)
        .toList();
  }

  private List<String> allErrors() {
    List<String> all = new ArrayList<>();
    bench
        .connector()
        .validate(Map.copyOf(bench.options))
        .configValues()
        .forEach(value -> all.addAll(value.errorMessages()));
    return all;
  }

  @Test
  void goodOptionsHaveNoErrors() throws Exception {
    bench.create("orders", 1);
    assertThat(allErrors()).isEmpty();
  }

  @Test
  void optionsThatDoNotFitAreToldAtEachOfThem() {
    bench.with("logs.regex", ".*");
    assertThat(errors("logs")).singleElement().asString().contains("both are given");
    assertThat(errors("logs.regex")).singleElement().asString().contains("either");
    bench.without("logs").without("logs.regex");
    assertThat(errors("logs")).singleElement().asString().contains("neither is given");
    bench.with("logs", "orders").with("start.position", "timestamp");
    assertThat(errors("start.timestamp.ms")).singleElement().asString().contains("set it");
    bench.without("start.position").with("start.timestamp.ms", "5");
    assertThat(errors("start.timestamp.ms"))
        .singleElement()
        .asString()
        .contains("start.position=timestamp");
    bench.without("start.timestamp.ms").with("transaction.records", "5");
    assertThat(errors("transaction.records")).singleElement().asString().contains("leave it out");
    assertThatThrownBy(bench::startedConnector)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("transaction.records");
  }

  @Test
  void singleWrongOptionsAreToldAndTheStoreIsNotLookedAt() {
    bench.store.failFor(
        key -> {
          throw new AssertionError("the store was asked for " + key);
        });
    bench.with("logs", "or/ders");
    assertThat(errors("logs")).isNotEmpty();
    bench.with("logs", "orders").with("topic.format", "${nothing}");
    assertThat(errors("topic.format")).singleElement().asString().contains("${log}");
    bench.with("topic.format", "${log}").with("logs", "").with("logs.regex", "[");
    assertThat(errors("logs.regex")).isNotEmpty();
    bench.with("logs.regex", ".*").with("group", "a b");
    assertThat(errors("group")).isNotEmpty();
  }

  @Test
  void absentLogsAndAFailingStoreAreErrorsOfTheOptionsThatNameThem() {
    assertThat(errors("logs")).singleElement().asString().contains("no log team/logs/orders");
    bench.store.failFor(key -> true);
    assertThat(errors("bucket")).singleElement().asString().contains("could not be looked at");
  }

  @Test
  void theGroupIsTheConnectorsNameOrWhatIsLeftOfIt() throws Exception {
    RaftlessLog log = bench.create("orders", 1);
    bench.with("name", "copy of orders").startedConnector();
    bench.with("name", "copy-of-orders").startedConnector();
    bench.with("group", "mine").startedConnector();
    assertThat(log.groups().join())
        .hasSize(6)
        .contains("copy-of-orders", "copy-of-orders.started", "mine", "mine.started")
        .anyMatch(name -> name.matches("ccopy-of-orders-[0-9a-f]{8}"));
  }

  @Test
  void connectFindsItAndWhatItCanDo() {
    assertThat(ServiceLoader.load(SourceConnector.class))
        .anyMatch(RaftlessSourceConnector.class::isInstance);
    RaftlessSourceConnector connector = new RaftlessSourceConnector();
    assertThat(connector.version()).isNotBlank().doesNotContain("$");
    assertThat(new RaftlessSourceTask().version()).isEqualTo(connector.version());
    assertThat(connector.taskClass()).isEqualTo(RaftlessSourceTask.class);
    assertThat(connector.exactlyOnceSupport(Map.of())).isEqualTo(ExactlyOnceSupport.SUPPORTED);
    assertThat(connector.canDefineTransactionBoundaries(Map.of()))
        .isEqualTo(ConnectorTransactionBoundaries.SUPPORTED);
  }
}
