package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.sink.StoredPosition.Kind;
import io.raftless.connect.sink.StoredPosition.Marker;
import io.raftless.log.LogDescription;
import io.raftless.log.LogDescription.PartitionDescription;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OffsetsChangeTest {
  private static final TopicPartition PARTITION = new TopicPartition("orders", 1);
  private static final String WRITER_ID = "connect/orders-sink/orders/1";
  private static final Duration LONG = Duration.ofSeconds(60);

  private final LogsOfTests logs = new LogsOfTests();
  private Options options = Options.valid();

  private void change(
      ObjectStore store,
      @Nullable KafkaTopics kafka,
      Duration limit,
      Map<TopicPartition, Long> offsets) {
    OffsetsChange.of(
            options.map(),
            settings -> () -> store,
            config -> kafka == null ? KafkaTopics.off() : kafka,
            limit)
        .apply(offsets);
  }

  private void change(Map<TopicPartition, Long> offsets) {
    change(logs.shared(), null, LONG, offsets);
  }

  private void change(KafkaTopics kafka, Map<TopicPartition, Long> offsets) {
    change(logs.shared(), kafka, LONG, offsets);
  }

  private static Map<TopicPartition, Long> reset(TopicPartition partition) {
    return Collections.singletonMap(partition, null);
  }

  private long epoch(int partition, String writerId) {
    return logs.writer("orders", partition, writerId).orElseThrow().epoch();
  }

  @Test
  void anAlteredOffsetIsWhereThePartitionGoesOn() {
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));

    change(
        new KnownTopics().with("orders", 1, new BrokerView("id", 10, 100)), Map.of(PARTITION, 20L));

    assertThat(logs.position("orders", 1, WRITER_ID))
        .isEqualTo(
            new StoredPosition(20, "id", List.of(new Marker(Kind.OFFSETS_ALTERED, 70, "id", 20))));
  }

  @Test
  void aPartitionThatWasNeverWrittenGetsAnOffset() {
    logs.create("orders", 2);

    change(Map.of(PARTITION, 20L));

    assertThat(logs.position("orders", 1, WRITER_ID))
        .isEqualTo(
            new StoredPosition(20, null, List.of(new Marker(Kind.OFFSETS_ALTERED, -1, null, 20))));
  }

  @Test
  void whoStillWritesIsFenced() {
    logs.create("orders", 2);
    WriterClaim zombie = logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));
    String position = StoredPosition.at(70, "id").encode();

    change(Map.of(PARTITION, 20L));

    try (RaftlessLog log = RaftlessLog.open(logs.store, LogId.of("logs", "orders"))) {
      assertThatThrownBy(
              () ->
                  log.storePosition(zombie, position, StoredPosition.at(80, "id").encode()).join())
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
    }
    assertThat(logs.position("orders", 1, WRITER_ID).nextOffset()).isEqualTo(20);
  }

  @Test
  void anOffsetAfterARecreatedTopicIsOfTheNewOne() {
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "old"));

    change(
        new KnownTopics().with("orders", 1, new BrokerView("new", 0, 100)), Map.of(PARTITION, 70L));

    assertThat(logs.position("orders", 1, WRITER_ID))
        .isEqualTo(
            new StoredPosition(
                70, "new", List.of(new Marker(Kind.OFFSETS_ALTERED, 70, "old", 70))));
  }

  @Test
  void repeatingItStoresNothingButFencesAgain() {
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));
    change(Map.of(PARTITION, 20L));
    StoredPosition once = logs.position("orders", 1, WRITER_ID);
    long epoch = epoch(1, WRITER_ID);

    change(Map.of(PARTITION, 20L));

    assertThat(logs.position("orders", 1, WRITER_ID)).isEqualTo(once);
    assertThat(epoch(1, WRITER_ID)).isGreaterThan(epoch);
  }

  @Test
  void aResetPartitionStartsAnew() {
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));

    change(reset(PARTITION));
    StoredPosition once = logs.position("orders", 1, WRITER_ID);
    change(reset(PARTITION));

    assertThat(once)
        .isEqualTo(
            new StoredPosition(-1, null, List.of(new Marker(Kind.OFFSETS_ALTERED, 70, "id", -1))));
    assertThat(logs.position("orders", 1, WRITER_ID)).isEqualTo(once);
  }

  @Test
  void aResetOfWhatWasNeverWrittenIsDone() {
    change(reset(PARTITION));
    logs.create("orders", 2);
    change(reset(PARTITION));
    change(reset(new TopicPartition("_not-a-log", 0)));
    change(Map.of());

    assertThat(logs.describe("orders").partitions())
        .allSatisfy(partition -> assertThat(partition.writers()).isEmpty());
  }

  @Test
  void aResetFindsAPositionWhereAnotherMappingHadPutIt() {
    logs.create("orders", 4);
    logs.write("orders", 3, WRITER_ID, StoredPosition.at(70, "id"));

    change(reset(PARTITION));

    assertThat(logs.position("orders", 3, WRITER_ID).isStartAnew()).isTrue();
  }

  @Test
  void anEmptyMapResetsAllThatIsOfThisSinkAndNothingElse() {
    options = Options.valid().with("log.name.format", "kafka-${topic}");
    logs.create("kafka-orders", 2);
    logs.create("kafka-users", 1);
    logs.create("other", 1);
    StoredPosition position = StoredPosition.at(70, "id");
    logs.write("kafka-orders", 0, "connect/orders-sink/orders/0", position);
    logs.write("kafka-orders", 1, "connect/orders-sink/orders/1", position);
    logs.write("kafka-orders", 1, "connect/other-sink/orders/1", position);
    logs.write("kafka-users", 0, "connect/orders-sink/users/0", position);
    logs.write("other", 0, "connect/orders-sink/orders/0", position);

    change(Map.of());

    assertThat(logs.position("kafka-orders", 0, "connect/orders-sink/orders/0").isStartAnew())
        .isTrue();
    assertThat(logs.position("kafka-orders", 1, "connect/orders-sink/orders/1").isStartAnew())
        .isTrue();
    assertThat(logs.position("kafka-users", 0, "connect/orders-sink/users/0").isStartAnew())
        .isTrue();
    assertThat(logs.position("kafka-orders", 1, "connect/other-sink/orders/1")).isEqualTo(position);
    assertThat(logs.position("other", 0, "connect/orders-sink/orders/0")).isEqualTo(position);
  }

  @Test
  void aResetOfAllThatIsCommittedIsAResetOfAllThatIsWritten() {
    logs.create("orders", 3);
    for (int partition = 0; partition < 3; partition++) {
      logs.write(
          "orders",
          partition,
          "connect/orders-sink/orders/" + partition,
          StoredPosition.at(70, "id"));
    }
    KafkaTopics kafka = new KnownTopics().withCommitted(PARTITION, new TopicPartition("orders", 2));

    change(kafka, reset(PARTITION));

    assertThat(logs.position("orders", 1, WRITER_ID).isStartAnew()).isTrue();
    assertThat(logs.position("orders", 2, "connect/orders-sink/orders/2").isStartAnew()).isFalse();

    Map<TopicPartition, Long> all = new HashMap<>(reset(PARTITION));
    all.put(new TopicPartition("orders", 2), null);
    change(kafka, all);

    assertThat(logs.position("orders", 2, "connect/orders-sink/orders/2").isStartAnew()).isTrue();
    assertThat(logs.position("orders", 0, "connect/orders-sink/orders/0").isStartAnew()).isTrue();
  }

  @Test
  void whatIsNamedIsResetEvenIfTheGroupCannotBeLookedAt() {
    options = Options.valid().with("consumer.override.group.id", "secret");
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));

    change(new KnownTopics(), reset(PARTITION));

    assertThat(logs.position("orders", 1, WRITER_ID).isStartAnew()).isTrue();
  }

  @Test
  void whatIsNotSoundIsRefusedBeforeAnythingIsWritten() {
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));
    LogDescription before = logs.describe("orders");
    KafkaTopics kafka =
        new KnownTopics()
            .with("orders", 0, new BrokerView("id", 0, 100))
            .with("orders", 1, new BrokerView("id", 10, 100));

    for (Map.Entry<TopicPartition, Long> wrong :
        Map.of(
                new TopicPartition("users", 0), 1L,
                new TopicPartition("orders", -1), 1L,
                new TopicPartition("orders", 0), -1L,
                new TopicPartition("orders", 1), 101L,
                new TopicPartition("orders", 5), 1L)
            .entrySet()) {
      Map<TopicPartition, Long> offsets = new HashMap<>();
      offsets.put(PARTITION, 20L);
      offsets.put(wrong.getKey(), wrong.getValue());

      assertThatThrownBy(() -> change(kafka, offsets))
          .as(wrong.toString())
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining(wrong.getKey().toString());
    }
    assertThatThrownBy(() -> change(kafka, Map.of(PARTITION, 9L)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Kafka has 10 to 100");
    assertThat(logs.describe("orders")).isEqualTo(before);
  }

  @Test
  void topicsOfARegexAreOfTheConnector() {
    options = Options.valid().without("topics").with("topics.regex", "ord.*");
    logs.create("orders", 2);

    change(Map.of(PARTITION, 20L));

    assertThat(logs.position("orders", 1, WRITER_ID).nextOffset()).isEqualTo(20);
    assertThatThrownBy(() -> change(Map.of(new TopicPartition("users", 1), 20L)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("topics.regex=ord.*");
  }

  @Test
  void aLogThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> change(Map.of(PARTITION, 20L)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("no log logs/orders");
    logs.create("orders", 1);
    assertThatThrownBy(() -> change(Map.of(PARTITION, 20L)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("log logs/orders has 1 partitions");
  }

  @Test
  void aDeletedLogIsNotThere() {
    logs.create("orders", 2);
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));
    try (RaftlessLog log = RaftlessLog.open(logs.store, LogId.of("logs", "orders"))) {
      log.delete("test").join();
    }

    change(reset(PARTITION));
    change(Map.of());
    assertThatThrownBy(() -> change(Map.of(PARTITION, 20L)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("no log logs/orders");
  }

  @Test
  void anOffsetIsNotPutWhereThePartitionIsNotPinned() {
    logs.create("orders", 4);
    logs.write("orders", 3, WRITER_ID, StoredPosition.at(70, "id"));

    assertThatThrownBy(() -> change(Map.of(PARTITION, 20L)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("partition 3 of log logs/orders");

    change(reset(PARTITION));
    change(Map.of(PARTITION, 20L));
    assertThat(logs.position("orders", 1, WRITER_ID).nextOffset()).isEqualTo(20);
  }

  @Test
  void writerIdsThatShareAHeadAreAllChanged() {
    options = Options.valid().with("log.partition.mapping", "modulo").with("log.partitions", "2");
    logs.create("orders", 2);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (int partition = 0; partition < 20; partition++) {
      offsets.put(new TopicPartition("orders", partition), 100L + partition);
    }

    change(offsets);

    for (int partition = 0; partition < 20; partition++) {
      String writerId = "connect/orders-sink/orders/" + partition;
      assertThat(logs.position("orders", partition % 2, writerId).nextOffset())
          .isEqualTo(100 + partition);
    }
  }

  @Test
  void oneHeadThatFailsDoesNotKeepTheOthersFromIt() {
    logs.create("orders", 3);
    ObjectStore broken =
        new ForwardingObjectStore(logs.store) {
          @Override
          public CompletableFuture<PutOutcome> putIfMatch(
              String key, ETag expected, ByteBuffer body) {
            return key.endsWith("/1/head")
                ? CompletableFuture.failedFuture(StoreException.refused("no right to write " + key))
                : super.putIfMatch(key, expected, body);
          }

          @Override
          public void close() {}
        };
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (int partition = 0; partition < 3; partition++) {
      offsets.put(new TopicPartition("orders", partition), 20L);
    }

    assertThatThrownBy(() -> change(broken, null, LONG, offsets))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("2 of 3 partitions")
        .hasMessageContaining("no right to write")
        .hasMessageContaining("Repeat the request");
    assertThat(logs.position("orders", 2, "connect/orders-sink/orders/2").nextOffset())
        .isEqualTo(20);
  }

  @Test
  void a1000PartitionsTakeSecondsOnASlowStore() {
    logs.create("orders", 1_000);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (int partition = 0; partition < 1_000; partition++) {
      offsets.put(new TopicPartition("orders", partition), 7L);
    }
    ObjectStore slow = new SlowStore(logs.store, 50);
    long startNanos = System.nanoTime();

    change(slow, null, Duration.ofSeconds(85), offsets);
    long alteredNanos = System.nanoTime();
    change(slow, null, Duration.ofSeconds(85), Map.of());
    long resetNanos = System.nanoTime();

    System.out.printf(
        "1,000 partitions at 50 ms a request: altered in %d ms, reset in %d ms%n",
        (alteredNanos - startNanos) / 1_000_000, (resetNanos - alteredNanos) / 1_000_000);
    assertThat(Duration.ofNanos(alteredNanos - startNanos)).isLessThan(Duration.ofSeconds(60));
    for (PartitionDescription partition : logs.describe("orders").partitions()) {
      assertThat(partition.writers())
          .singleElement()
          .satisfies(
              writer ->
                  assertThat(StoredPosition.decode(String.valueOf(writer.position())).markers())
                      .containsExactly(
                          new Marker(Kind.OFFSETS_ALTERED, -1, null, 7),
                          new Marker(Kind.OFFSETS_ALTERED, 7, null, -1)));
    }
  }

  @Test
  void theTimeOfARequestIsKeptAndItSaysHowFarItCame() {
    logs.create("orders", 400);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (int partition = 0; partition < 400; partition++) {
      offsets.put(new TopicPartition("orders", partition), 7L);
    }
    AtomicInteger writes = new AtomicInteger();
    ObjectStore stuck =
        new ForwardingObjectStore(logs.store) {
          @Override
          public CompletableFuture<PutOutcome> putIfMatch(
              String key, ETag expected, ByteBuffer body) {
            return writes.incrementAndGet() > 300
                ? new CompletableFuture<>()
                : super.putIfMatch(key, expected, body);
          }

          @Override
          public void close() {}
        };

    assertThatThrownBy(() -> change(stuck, null, Duration.ofSeconds(5), offsets))
        .isInstanceOf(ConnectException.class)
        .hasMessageMatching(
            "the time of a REST request is over: the offsets of \\d\\d+ of 400 partitions were"
                + " changed. Repeat the request: what is done is not done again");
    change(offsets);

    for (PartitionDescription partition : logs.describe("orders").partitions()) {
      assertThat(
              logs.position(
                      "orders",
                      partition.partition(),
                      "connect/orders-sink/orders/" + partition.partition())
                  .markers())
          .hasSize(1);
    }
  }
}
