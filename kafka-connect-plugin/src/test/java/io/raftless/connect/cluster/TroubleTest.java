package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Topics that are not what they were, and records that cannot be written. */
@Timeout(180)
@ExtendWith(SharedCluster.class)
final class TroubleTest {
  private final Flow flow;

  TroubleTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @AfterEach
  void close() {
    flow.close();
  }

  @Test
  void aTopicThatWasCreatedAnewFailsTheTaskUnlessItIsToGoOn() throws Exception {
    String topic = flow.topic("anew", 1);
    flow.produce(topic, 0, Flow.words("old", 0, 5));
    Map<String, String> options = flow.sink(topic);
    String sink = flow.start("sink", options);
    flow.awaitCount(topic, 5);
    flow.stop(sink);
    flow.connect().kafka().deleteTopic(topic);
    flow.topic("anew", 1);
    flow.produce(topic, 0, Flow.words("new", 0, 8));

    flow.connect().resumeConnector(sink);
    assertThat(flow.awaitFailed(sink)).contains(topic, "on.topic.recreated");
    assertThat(flow.texts(topic, 0)).isEqualTo(Flow.words("old", 0, 5));

    options.put("on.topic.recreated", "continue");
    flow.connect().configureConnector(sink, options);
    flow.awaitCount(topic, 13);
    List<String> all = new ArrayList<>(Flow.words("old", 0, 5));
    all.addAll(Flow.words("new", 0, 8));
    assertThat(flow.texts(topic, 0)).isEqualTo(all);
    assertThat(flow.writer(topic, 0).position()).contains("TOPIC_RECREATED");
  }

  @Test
  void recordsThatKafkaDeletedUnreadFailTheTaskUnlessItIsToGoOn() throws Exception {
    String topic = flow.topic("lost", 1);
    flow.produce(topic, 0, Flow.words("", 0, 5));
    Map<String, String> options = flow.sink(topic);
    String sink = flow.start("sink", options);
    flow.awaitCount(topic, 5);
    flow.stop(sink);
    flow.produce(topic, 0, Flow.words("", 5, 10));
    try (Admin admin = flow.connect().kafka().createAdminClient()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(8)))
          .all()
          .get();
    }

    flow.connect().resumeConnector(sink);
    assertThat(flow.awaitFailed(sink)).contains(topic, "on.offsets.lost");

    options.put("on.offsets.lost", "continue");
    flow.connect().configureConnector(sink, options);
    flow.awaitCount(topic, 7);
    assertThat(flow.texts(topic, 0)).containsExactly("0", "1", "2", "3", "4", "8", "9");
    assertThat(flow.writer(topic, 0).position()).contains("OFFSETS_LOST");
  }

  @Test
  void aBadRecordGoesToTheDeadLetterQueueAndTheOthersToTheLog() throws Exception {
    String topic = flow.topic("bad", 1);
    String dead = flow.name("dead");
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String word : List.of("a", "b", "", "c", "d")) {
      records.add(
          new ProducerRecord<>(
              topic, Flow.bytes("k" + word), word.isEmpty() ? null : Flow.bytes(word)));
    }
    flow.produce(records);
    Map<String, String> options = flow.sink(topic);
    options.put("tombstones", "fail");
    options.put("errors.tolerance", "all");
    options.put("errors.deadletterqueue.topic.name", dead);
    options.put("errors.deadletterqueue.topic.replication.factor", "1");
    flow.start("sink", options);
    flow.awaitCount(topic, 4);

    assertThat(flow.texts(topic, 0)).containsExactly("a", "b", "c", "d");
    assertThat(flow.consume(dead, 0, 1).stream().map(record -> Flow.text(record.key())))
        .containsExactly("k");
  }

  @Test
  void aReroutedRecordIsABadRecordAndThoseOfOtherTopicsAreNot() throws Exception {
    String renamed = flow.topic("renamed", 1);
    String kept = flow.topic("kept", 1);
    String dead = flow.name("dead");
    flow.produce(renamed, 0, List.of("a", "b"));
    flow.produce(kept, 0, List.of("c", "d"));
    Map<String, String> options = flow.sink(renamed + "," + kept);
    options.put("transforms", "route");
    options.put("transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter");
    options.put("transforms.route.regex", renamed);
    options.put("transforms.route.replacement", kept);
    options.put("errors.tolerance", "all");
    options.put("errors.deadletterqueue.topic.name", dead);
    options.put("errors.deadletterqueue.topic.replication.factor", "1");
    options.put("errors.deadletterqueue.context.headers.enable", "true");
    flow.start("sink", options);

    List<ConsumerRecord<byte[], byte[]>> rejected = flow.consume(dead, 0, 2);
    assertThat(rejected.stream().map(record -> Flow.text(record.value())))
        .containsExactly("a", "b");
    assertThat(
            Flow.text(
                rejected.get(0).headers().lastHeader("__connect.errors.exception.message").value()))
        .contains("on.rerouted=ignore");
    flow.awaitCount(kept, 2);
    assertThat(flow.texts(kept, 0)).containsExactly("c", "d");
  }

  @Test
  void withoutADeadLetterQueueABadRecordFailsTheTaskAndNothingIsSkipped() throws Exception {
    String topic = flow.topic("strict", 1);
    flow.produce(
        List.of(
            new ProducerRecord<>(topic, Flow.bytes("k"), Flow.bytes("a")),
            new ProducerRecord<>(topic, Flow.bytes("gone"), null),
            new ProducerRecord<>(topic, Flow.bytes("k"), Flow.bytes("b"))));
    Map<String, String> options = flow.sink(topic);
    options.put("tombstones", "fail");
    String sink = flow.create("sink", options);

    assertThat(flow.awaitFailed(sink)).contains("tombstones", topic);

    options.put("tombstones", "write");
    flow.connect().configureConnector(sink, options);
    flow.awaitCount(topic, 3);
    assertThat(flow.texts(topic, 0)).containsExactly("a", "null", "b");
  }
}
