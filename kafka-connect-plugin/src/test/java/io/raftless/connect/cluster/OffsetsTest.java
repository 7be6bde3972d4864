package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import io.raftless.log.StagerOptions;
import io.raftless.log.WriterClaim;
import io.raftless.log.WriterOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.runtime.rest.errors.ConnectRestException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets that are altered and reset over REST, and those that are refused. */
@Timeout(180)
@ExtendWith(SharedCluster.class)
final class OffsetsTest {
  private final Flow flow;

  OffsetsTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @AfterEach
  void close() {
    flow.close();
  }

  @Test
  void aTaskThatDoesNotKnowOfTheAlterationCannotAppendAnyMore() throws Exception {
    String topic = flow.topic("zombie", 1);
    flow.produce(topic, 0, Flow.words("", 0, 5));
    String sink = flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, 5);
    flow.stop(sink);

    try (RaftlessLog log = RaftlessLog.open(flow.store(), flow.logId(topic));
        Stager stager = log.newStager(StagerOptions.defaults())) {
      // What a task has that was stopped with SIGSTOP just before its next flush.
      WriterDescription before = flow.writer(topic, 0);
      WriterClaim zombie =
          log.acquire(0, before.writerId(), "a task that hangs from now on").join();
      stager.add(0, LogRecord.of(null, Flow.bytes("5"), 1));
      List<StagedBatch> staged = stager.stage().join().stream().flatMap(List::stream).toList();

      var unused = flow.connect().alterSinkConnectorOffset(sink, new TopicPartition(topic, 0), 2L);

      assertThat(flow.writer(topic, 0).epoch()).isGreaterThan(zombie.epoch());
      assertThatThrownBy(() -> log.commit(0, staged, zombie, before.position()).join())
          .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
    }
    flow.connect().resumeConnector(sink);
    flow.awaitCount(topic, 8);
    assertThat(flow.texts(topic, 0)).containsExactly("0", "1", "2", "3", "4", "2", "3", "4");
    assertThat(flow.writer(topic, 0).position()).contains("OFFSETS_ALTERED", "\"next\":5");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3, 8, 10})
  void whereTheConsumerGroupIsDoesNotMatter(long committed) throws Exception {
    String topic = flow.topic("advisory", 1);
    flow.produce(topic, 0, Flow.words("", 0, 5));
    String sink = flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, 5);
    flow.stop(sink);
    flow.produce(topic, 0, Flow.words("", 5, 10));
    commit("connect-" + sink, new TopicPartition(topic, 0), committed);

    flow.connect().resumeConnector(sink);
    flow.produce(topic, 0, List.of("10"));

    flow.awaitCount(topic, 11);
    assertThat(flow.texts(topic, 0)).isEqualTo(Flow.words("", 0, 11));
  }

  private void commit(String group, TopicPartition partition, long offset) throws Exception {
    try (Admin admin = flow.connect().kafka().createAdminClient()) {
      flow.await(
          () -> {
            try {
              var unused =
                  admin
                      .alterConsumerGroupOffsets(
                          group, Map.of(partition, new OffsetAndMetadata(offset)))
                      .all()
                      .get();
              return true;
            } catch (ExecutionException e) {
              // The group is not empty until its member has left.
              return false;
            }
          },
          group + " to take an offset");
    }
  }

  @Test
  void aRefusedAlterationOfASinkSaysWhyAndChangesNothing() throws Exception {
    String topic = flow.topic("kept", 1);
    flow.produce(topic, 0, Flow.words("", 0, 5));
    String sink = flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, 5);
    TopicPartition partition = new TopicPartition(topic, 0);
    assertThatThrownBy(() -> flow.connect().alterSinkConnectorOffset(sink, partition, 2L))
        .as("while it runs")
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining("STOPPED");
    flow.stop(sink);
    WriterDescription before = flow.writer(topic, 0);

    refusedBySink(sink, partition, 6, "Kafka has 0 to 5");
    refusedBySink(sink, new TopicPartition(topic, 1), 0, topic + "-1");
    refusedBySink(sink, new TopicPartition("another-topic", 0), 0, "another-topic");

    assertThat(flow.writer(topic, 0)).isEqualTo(before);
  }

  private void refusedBySink(String sink, TopicPartition partition, long offset, String why) {
    assertThatThrownBy(() -> flow.connect().alterSinkConnectorOffset(sink, partition, offset))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aSourceThatIsResetReadsAllAgainAndRefusesWhatIsNotThere() throws Exception {
    String log = flow.name("read");
    String copy = flow.topic("read-copy", 1);
    try (RaftlessLog created = RaftlessLog.create(flow.store(), flow.logId(log), 1);
        LogWriter writer = created.newWriter(WriterOptions.defaults())) {
      for (String word : Flow.words("", 0, 5)) {
        var unused = writer.append(0, LogRecord.of(null, Flow.bytes(word), 1)).join();
      }
    }
    String source = flow.start("source", flow.source(log));
    assertThat(flow.consume(copy, 0, 5)).hasSize(5);
    flow.stop(source);
    Map<String, Object> partition =
        new HashMap<>(flow.connect().connectorOffsets(source).offsets().get(0).partition());

    refusedBySource(source, partition, Map.of("offset", 6), "choose 0");
    refusedBySource(source, partition, Map.of("position", 1), "offset");
    Map<String, Object> elsewhere = new HashMap<>(partition);
    elsewhere.put("partition", 7);
    refusedBySource(source, elsewhere, Map.of("offset", 0), "choose 0 to 0");
    elsewhere.put("partition", 0);
    elsewhere.put("log", flow.logId("nowhere").toString());
    refusedBySource(source, elsewhere, Map.of("offset", 0), "nowhere");
    assertThat(flow.connect().connectorOffsets(source).offsets().get(0).offset().get("offset"))
        .hasToString("5");

    assertThat(flow.connect().resetConnectorOffsets(source)).contains("successfully");
    flow.connect().resumeConnector(source);
    List<String> twice = new ArrayList<>(Flow.words("", 0, 5));
    twice.addAll(Flow.words("", 0, 5));
    assertThat(flow.consume(copy, 0, 10).stream().map(r -> Flow.text(r.value())))
        .containsExactlyElementsOf(twice);
  }

  private void refusedBySource(
      String source, Map<String, ?> partition, Map<String, ?> offset, String why) {
    assertThatThrownBy(() -> flow.connect().alterSourceConnectorOffset(source, partition, offset))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining(why);
  }
}
