package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.connect.json.JsonConverter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** From a topic to a log, and from there to another topic. */
@Timeout(180)
@ExtendWith(SharedCluster.class)
final class RoundTripTest {
  private final Flow flow;

  RoundTripTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @AfterEach
  void close() {
    flow.close();
  }

  /** All that makes a record, in a form that can be compared. */
  private static List<Object> parts(
      long timestamp,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Iterable<? extends Header> headers) {
    List<Object> parts = new ArrayList<>();
    parts.add(timestamp);
    parts.add(Arrays.toString(key));
    parts.add(Arrays.toString(value));
    headers.forEach(header -> parts.add(header.key() + Arrays.toString(header.value())));
    return parts;
  }

  private static List<ProducerRecord<byte[], byte[]>> everyKind(String topic, int partition) {
    List<byte @Nullable []> keys =
        Arrays.asList(null, new byte[0], new byte[] {0, -1, 7}, Flow.bytes("key"));
    List<byte @Nullable []> values =
        Arrays.asList(null, new byte[0], new byte[] {-128, 127, 0}, Flow.bytes("{\"a\":1}"));
    List<List<Header>> headers =
        List.of(
            List.of(),
            List.of(
                new RecordHeader("same", new byte[] {1}),
                new RecordHeader("other", Flow.bytes("12")),
                new RecordHeader("same", new byte[0]),
                new RecordHeader("same", (byte[]) null)));
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
    long timestamp = 1;
    for (byte[] key : keys) {
      for (byte[] value : values) {
        for (List<Header> some : headers) {
          all.add(new ProducerRecord<>(topic, partition, timestamp++, key, value, some));
        }
      }
    }
    return all;
  }

  @Test
  void everyByteComesBackWithKeyHeadersTimestampAndPartition() throws Exception {
    String topic = flow.topic("bytes", 2);
    String copy = flow.topic("bytes-copy", 2);
    List<ProducerRecord<byte[], byte[]>> first = everyKind(topic, 0);
    List<ProducerRecord<byte[], byte[]>> second = everyKind(topic, 1).subList(3, 20);
    flow.produce(first);
    flow.produce(second);

    flow.start("sink", flow.sink(topic));
    flow.awaitCount(topic, first.size() + second.size());
    flow.start("source", flow.source(topic));

    for (List<ProducerRecord<byte[], byte[]>> sent : List.of(first, second)) {
      List<ConsumerRecord<byte[], byte[]>> received =
          flow.consume(copy, sent.get(0).partition(), sent.size());
      assertThat(received.stream().map(r -> parts(r.timestamp(), r.key(), r.value(), r.headers())))
          .containsExactlyElementsOf(
              sent.stream()
                  .map(r -> parts(r.timestamp(), r.key(), r.value(), r.headers()))
                  .toList());
    }
    flow.assertIntact(topic);
  }

  @Test
  void schemasComeBackThroughConverters() throws Exception {
    String topic = flow.topic("json", 1);
    String copy = flow.topic("json-copy", 1);
    String json =
        "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"optional\":false,"
            + "\"field\":\"a\"}],\"optional\":false,\"name\":\"thing\"},\"payload\":{\"a\":7}}";
    flow.produce(List.of(new ProducerRecord<>(topic, Flow.bytes("k"), Flow.bytes(json))));
    Map<String, String> converters = new HashMap<>();
    converters.put("value.converter", JsonConverter.class.getName());
    converters.put("value.converter.schemas.enable", "true");
    converters.put("log.value.converter", JsonConverter.class.getName());
    converters.put("log.value.converter.schemas.enable", "true");

    Map<String, String> sink = flow.sink(topic);
    sink.putAll(converters);
    flow.start("sink", sink);
    flow.awaitCount(topic, 1);
    Map<String, String> source = flow.source(topic);
    source.putAll(converters);
    flow.start("source", source);

    assertThat(flow.texts(topic, 0).get(0)).contains("\"payload\":{\"a\":7}", "\"schema\"");
    assertThat(Flow.text(flow.consume(copy, 0, 1).get(0).value()))
        .contains("\"payload\":{\"a\":7}", "\"name\":\"thing\"");
  }

  @Test
  void topicsOfAPatternAreFoundWhenTheyComeAndHaveLogsOfTheirOwn() throws Exception {
    String first = flow.topic("match.a", 1);
    flow.produce(first, 0, List.of("1"));
    Map<String, String> sink = flow.sink("");
    sink.remove("topics");
    sink.put("topics.regex", flow.name("match\\..*"));
    sink.put("consumer.override.metadata.max.age.ms", "500");
    flow.start("sink", sink);
    flow.awaitCount(first, 1);

    String later = flow.topic("match.b", 2);
    flow.produce(later, 1, List.of("2", "3"));

    flow.awaitCount(later, 2);
    assertThat(flow.texts(later, 1)).containsExactly("2", "3");
    assertThat(flow.texts(first, 0)).containsExactly("1");
  }

  @Test
  void aTransformationThatRenamesTopicsDoesNotRerouteWhatItRenames() throws Exception {
    String topic = flow.topic("renamed", 1);
    flow.produce(topic, 0, List.of("a", "b"));
    Map<String, String> sink = flow.sink(topic);
    sink.put("transforms", "route");
    sink.put("transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter");
    sink.put("transforms.route.regex", ".*");
    sink.put("transforms.route.replacement", "elsewhere");
    sink.put("on.rerouted", "ignore");
    sink.put("origin.headers", "true");
    flow.start("sink", sink);
    flow.awaitCount(topic, 2);

    List<LogRecord> records = flow.read(topic, 0);
    assertThat(
            records.get(1).headers().stream()
                .map(h -> h.name() + "=" + Flow.text(h.value() == null ? new byte[0] : h.value())))
        .containsExactly(
            "raftless.origin.topic=" + topic,
            "raftless.origin.partition=0",
            "raftless.origin.offset=1");
  }
}
