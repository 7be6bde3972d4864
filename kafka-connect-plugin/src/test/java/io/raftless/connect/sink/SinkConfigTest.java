package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.sink.TopicMapping.Partitions;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

class SinkConfigTest {

  private static SinkSettings settings(Options options) {
    return new SinkConfig(options.map()).toSettings();
  }

  private static Options withChecks() {
    return Options.valid()
        .with("topic.checks", "on")
        .with("kafka.bootstrap.servers", "localhost:1");
  }

  @Test
  void theLeastIsABucketAndAKafka() {
    SinkSettings settings =
        settings(
            Options.valid()
                .without("topic.checks")
                .without("prefix")
                .with("kafka.bootstrap.servers", "broker:9092"));

    assertThat(settings.mapping()).isEqualTo(TopicMapping.sameNames(""));
    assertThat(settings.names()).isEqualTo(new WriterIdNames("orders-sink"));
    assertThat(settings.flush()).isEqualTo(SinkSettings.Flush.DEFAULTS);
    assertThat(settings.memory()).isEqualTo(SinkSettings.Memory.defaults());
    assertThat(settings.patience()).isEqualTo(SinkSettings.Patience.DEFAULTS);
    assertThat(settings.records()).isEqualTo(SinkSettings.Records.DEFAULTS);
    assertThat(settings.resume()).isEqualTo(ResumePolicy.DEFAULTS);
    assertThat(settings.store().location())
        .hasValueSatisfying(at -> assertThat(at).contains("logs-bucket"));
  }

  @Test
  void everyOptionArrives() {
    SinkSettings settings =
        settings(
            Options.valid()
                .with("sink.id", "id")
                .with("log.name.format", "kafka-${topic}")
                .with("topic.to.log", "orders:sales, users : people")
                .with("log.partition.mapping", "MODULO")
                .with("log.partitions", "6")
                .with("log.create", "false")
                .with("log.grow", "false")
                .with("start.position", "committed")
                .with("tombstones", "skip")
                .with("origin.headers", "true")
                .with("origin.headers.prefix", "from.")
                .with("flush.bytes", "2048")
                .with("flush.records", "10")
                .with("flush.linger.ms", "11")
                .with("flush.timeout.ms", "12")
                .with("object.bytes", "4096")
                .with("buffer.bytes", "8192")
                .with("uploads.in.flight", "3")
                .with("compression", "lz4")
                .with("on.topic.recreated", "continue")
                .with("on.offsets.lost", "continue")
                .with("on.rerouted", "ignore")
                .with("open.timeout.ms", "13")
                .with("fenced.retry.ms", "14")
                .with("retry.backoff.ms", "15")
                .with("retry.backoff.max.ms", "16")
                .with("retry.timeout.ms", "-1"));

    assertThat(settings.mapping())
        .isEqualTo(
            new TopicMapping(
                "logs",
                "kafka-${topic}",
                Map.of("orders", "sales", "users", "people"),
                Partitions.MODULO,
                6,
                false,
                false));
    assertThat(settings.mapping().target("users", 7))
        .isEqualTo(new LogTarget(LogId.of("logs", "people"), 1));
    assertThat(settings.names().of("users", 7)).isEqualTo("connect/id/users/7");
    assertThat(settings.flush()).isEqualTo(new SinkSettings.Flush(2048, 10, 11));
    assertThat(settings.memory())
        .isEqualTo(new SinkSettings.Memory(8192, 4096, 3, Compression.LZ4));
    assertThat(settings.patience()).isEqualTo(new SinkSettings.Patience(13, 12, 14, 15, 16, -1));
    assertThat(settings.records())
        .isEqualTo(new SinkSettings.Records(Tombstones.SKIP, OnRerouted.IGNORE, true, "from."));
    assertThat(settings.resume())
        .isEqualTo(
            new ResumePolicy(OnTrouble.CONTINUE, OnTrouble.CONTINUE, StartPosition.COMMITTED));
  }

  @Test
  void optionsThatAreWrongByThemselvesAreRefusedByName() {
    for (String[] wrong :
        new String[][] {
          {"bucket", "s3://logs"},
          {"prefix", "/logs"},
          {"sink.id", " "},
          {"log.name.format", "_${topic}"},
          {"log.name.format", ""},
          {"topic.to.log", "orders"},
          {"topic.to.log", "orders:_sales"},
          {"topic.to.log", "orders:a,orders:b"},
          {"log.partition.mapping", "random"},
          {"log.partitions", "0"},
          {"log.partitions", "10001"},
          {"start.position", "newest"},
          {"tombstones", "drop"},
          {"flush.bytes", "1"},
          {"flush.records", "0"},
          {"compression", "gzip"},
          {"on.topic.recreated", "ignore"},
          {"on.offsets.lost", "ignore"},
          {"on.rerouted", "write"},
          {"retry.timeout.ms", "-2"},
          {"topic.checks", "maybe"}
        }) {
      assertThatThrownBy(() -> new SinkConfig(Options.valid().with(wrong[0], wrong[1]).map()))
          .as(String.join("=", wrong))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(wrong[0]);
    }
  }

  @Test
  void optionsThatDoNotFitEachOtherAreRefused() {
    assertThatThrownBy(() -> settings(Options.valid().with("log.partition.mapping", "modulo")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("log.partitions");
    assertThatThrownBy(
            () ->
                settings(Options.valid().with("buffer.bytes", "2048").with("flush.bytes", "1024")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("buffer.bytes")
        .hasMessageContaining("object.bytes");
    assertThatThrownBy(() -> settings(Options.valid().with("retry.backoff.max.ms", "10")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("retry.backoff.ms=1000");
    assertThatThrownBy(() -> settings(Options.valid().with("start.position", "latest")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("topic.checks=on");
    assertThatThrownBy(() -> settings(Options.valid().without("name")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("sink.id");
  }

  @Test
  void withChecksOfTopicsAKafkaIsNeededAndTheErrorSaysWhy() {
    assertThatThrownBy(() -> settings(Options.valid().without("topic.checks")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("kafka.bootstrap.servers")
        .hasMessageContaining("recreated")
        .hasMessageContaining("topic.checks=off");
  }

  @Test
  void withoutChecksKafkaIsNotAsked() {
    try (KafkaTopics topics = new SinkConfig(Options.valid().map()).newKafkaTopics()) {
      assertThat(topics.isOn()).isFalse();
    }
  }

  @Test
  void secretsOfTheAdminClientAreInNoMessage() {
    // In its place, and in that of an option whose value Kafka's own message quotes.
    for (Options wrong :
        new Options[] {
          withChecks()
              .with("kafka.admin.security.protocol", "SASL_SSL")
              .with("kafka.admin.sasl.mechanism", "PLAIN")
              .with("kafka.admin.sasl.jaas.config", "no login module has password=hunter2"),
          withChecks().with("kafka.admin.security.protocol", "hunter2")
        }) {
      SinkConfig config = new SinkConfig(wrong.map());

      assertThatThrownBy(config::newKafkaTopics)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("kafka.admin.*")
          .hasNoCause()
          .message()
          .doesNotContain("hunter2");
      assertThat(config.values().toString()).doesNotContain("hunter2");
    }
  }

  @Test
  void everyOptionHasAGroupAPlaceANameAndADescription() {
    Set<String> places = new HashSet<>();
    for (ConfigDef.ConfigKey key : SinkOptions.definition().configKeys().values()) {
      assertThat(key.group).as(key.name).isNotBlank();
      assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
      assertThat(key.documentation).as(key.name).endsWith(".");
      assertThat(places.add(key.group + key.orderInGroup)).as(key.name).isTrue();
    }
    assertThat(SinkOptions.definition().groups())
        .containsExactlyInAnyOrder(
            "Object store",
            "Credentials",
            "Format in the log",
            "Topics and logs",
            "Flushing",
            "Failures",
            "Kafka");
  }

  @Test
  void optionsShowWhereTheyMatter() {
    List<ConfigValue> usual = SinkOptions.definition().validate(Options.valid().map());
    List<ConfigValue> other =
        SinkOptions.definition()
            .validate(
                Options.valid()
                    .with("origin.headers", "true")
                    .with("log.partition.mapping", "modulo")
                    .with("topic.checks", "on")
                    .map());

    for (String option : new String[] {"origin.headers.prefix", "kafka.bootstrap.servers"}) {
      assertThat(value(usual, option).visible()).as(option).isFalse();
      assertThat(value(other, option).visible()).as(option).isTrue();
    }
    assertThat(value(usual, "log.grow").visible()).isTrue();
    assertThat(value(other, "log.grow").visible()).isFalse();
    assertThat(value(usual, "tombstones").recommendedValues())
        .containsExactly("write", "skip", "fail");
  }

  private static ConfigValue value(List<ConfigValue> values, String option) {
    return values.stream().filter(value -> value.name().equals(option)).findFirst().orElseThrow();
  }
}
