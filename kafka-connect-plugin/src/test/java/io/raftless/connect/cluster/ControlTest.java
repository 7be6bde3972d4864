package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.RaftlessSinkConnector;
import io.raftless.format.LogRecord;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.runtime.rest.errors.ConnectRestException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What people do with connectors over REST. */
@Timeout(180)
@ExtendWith(SharedCluster.class)
final class ControlTest {
  private final Flow flow;

  ControlTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @AfterEach
  void close() {
    flow.close();
  }

  @Test
  void pausedResumedRestartedStoppedAndStartedASinkWritesEachRecordOnce() throws Exception {
    String topic = flow.topic("controlled", 1);
    flow.produce(topic, 0, Flow.words("a", 0, 100));
    String sink = flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, 100);

    flow.connect().pauseConnector(sink);
    flow.awaitTasks(sink, "PAUSED");
    flow.produce(topic, 0, Flow.words("b", 0, 100));
    flow.connect().resumeConnector(sink);
    flow.awaitCount(topic, 200);

    flow.connect().restartConnectorAndTasks(sink, false, true, false);
    flow.produce(topic, 0, Flow.words("c", 0, 100));
    flow.awaitCount(topic, 300);

    flow.stop(sink);
    flow.produce(topic, 0, Flow.words("d", 0, 100));
    flow.connect().resumeConnector(sink);
    flow.awaitCount(topic, 400);

    List<String> all = new ArrayList<>();
    for (String letter : List.of("a", "b", "c", "d")) {
      all.addAll(Flow.words(letter, 0, 100));
    }
    assertThat(flow.texts(topic, 0)).isEqualTo(all);
  }

  @Test
  void aPausedSinkWritesNothingWhileAnotherOneDoes() throws Exception {
    String topic = flow.topic("paused", 1);
    flow.produce(topic, 0, Flow.words("", 0, 5));
    String paused = flow.start("paused", flow.sink(topic));
    flow.awaitCount(topic, 5);
    flow.connect().pauseConnector(paused);
    flow.awaitTasks(paused, "PAUSED");
    Map<String, String> other = flow.sink(topic);
    other.put("log.name.format", "${topic}-other");
    flow.start("other", other);

    flow.produce(topic, 0, Flow.words("", 5, 10));
    flow.awaitCount(topic + "-other", 10);
    assertThat(flow.count(topic)).isEqualTo(5);

    flow.connect().resumeConnector(paused);
    flow.awaitCount(topic, 10);
    assertThat(flow.texts(topic, 0)).isEqualTo(Flow.words("", 0, 10));
  }

  @Test
  void anAlteredOffsetIsARealRewindWhateverTheConsumerGroupSays() throws Exception {
    String topic = flow.topic("rewound", 1);
    flow.produce(topic, 0, Flow.words("", 0, 10));
    String sink = flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, 10);
    flow.stop(sink);
    long epoch = flow.writer(topic, 0).epoch();

    assertThatThrownBy(
            () ->
                flow.connect().alterSinkConnectorOffset(sink, new TopicPartition(topic, 0), 4_711L))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining("4711");
    var unused = flow.connect().alterSinkConnectorOffset(sink, new TopicPartition(topic, 0), 7L);
    assertThat(flow.writer(topic, 0).epoch()).as("whoever had it is fenced").isGreaterThan(epoch);
    flow.connect().resumeConnector(sink);
    flow.awaitCount(topic, 13);

    flow.stop(sink);
    assertThat(flow.connect().resetConnectorOffsets(sink)).contains("successfully");
    flow.connect().resumeConnector(sink);
    flow.awaitCount(topic, 23);
    List<String> all = new ArrayList<>(Flow.words("", 0, 10));
    all.addAll(Flow.words("", 7, 10));
    all.addAll(Flow.words("", 0, 10));
    assertThat(flow.texts(topic, 0)).isEqualTo(all);
  }

  @Test
  void validationNamesTheOptionAndNoSecret() {
    Map<String, String> options = flow.sink("any");
    options.put("name", flow.name("validated"));
    options.put("s3.secret.access.key", "s3cr3t-of-the-test");
    options.remove("s3.access.key.id");
    options.remove("bucket");
    String answer =
        flow.connect()
            .validateConnectorConfig(RaftlessSinkConnector.class.getName(), options)
            .toString();
    assertThat(answer).contains("bucket").doesNotContain("s3cr3t-of-the-test");

    options.remove("name");
    assertThatThrownBy(
            () -> flow.connect().configureConnector(flow.name("refused"), new HashMap<>(options)))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining("bucket")
        .satisfies(
            e ->
                assertThat(Objects.requireNonNull(e.getMessage()))
                    .doesNotContain("s3cr3t-of-the-test"));
  }

  @Test
  void aSourcePausesAndAlteredOffsetsAreReadAgain() throws Exception {
    String copy = flow.topic("read-copy", 1);
    try (RaftlessLog log = RaftlessLog.create(flow.store(), flow.logId(flow.name("read")), 1);
        var writer = log.newWriter(WriterOptions.defaults())) {
      for (String word : Flow.words("", 0, 5)) {
        var unused = writer.append(0, LogRecord.of(null, Flow.bytes(word), 1)).join();
      }
    }
    String source = flow.start("source", flow.source(flow.name("read")));
    assertThat(flow.consume(copy, 0, 5)).hasSize(5);

    flow.connect().pauseConnector(source);
    flow.awaitTasks(source, "PAUSED");
    flow.stop(source);
    Map<String, ?> partition = flow.connect().connectorOffsets(source).offsets().get(0).partition();
    assertThatThrownBy(
            () ->
                flow.connect()
                    .alterSourceConnectorOffset(source, partition, Map.of("offset", 4_711)))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining("4711");
    var unused = flow.connect().alterSourceConnectorOffset(source, partition, Map.of("offset", 3));
    flow.connect().resumeConnector(source);

    assertThat(flow.consume(copy, 0, 7).stream().map(r -> Flow.text(r.value())))
        .containsExactly("0", "1", "2", "3", "4", "3", "4");
  }

  @Test
  void metricsOfTheSinkAreInJmx() throws Exception {
    String topic = flow.topic("measured", 1);
    flow.produce(topic, 0, Flow.words("", 0, 10));
    String sink = flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, 10);

    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    flow.await(
        () ->
            beans.queryNames(new ObjectName("kafka.connect:type=plugins,*"), null).stream()
                .filter(name -> name.getCanonicalName().contains(sink))
                .anyMatch(name -> value(beans, name, "records-total") == 10.0),
        "10 records in the metrics of " + sink);
  }

  private static double value(MBeanServer beans, ObjectName name, String attribute) {
    try {
      return ((Number) beans.getAttribute(name, attribute)).doubleValue();
    } catch (javax.management.JMException e) {
      return -1;
    }
  }
}
