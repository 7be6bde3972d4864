package io.raftless.bench.kafka;

import io.raftless.bench.Payloads;
import io.raftless.bench.Stage;
import io.raftless.connectcluster.KafkaBroker;
import io.raftless.connectcluster.KafkaHome;
import io.raftless.connectcluster.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * A broker in a process of its own, with the JVM that Kafka's start script makes and the settings
 * that Kafka has by default: neither does it flush to disk before it acknowledges, nor does our
 * store, which has everything in memory.
 */
public final class BenchBroker {
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(1));

  private final KafkaBroker broker;
  private final Path folder;
  private final Admin admin;

  private BenchBroker(KafkaBroker broker, Path folder) {
    this.broker = broker;
    this.folder = folder;
    this.admin = broker.admin();
  }

  /** Starts one, which ends with the stage. */
  public static BenchBroker start(Stage stage) throws InterruptedException {
    KafkaBroker broker =
        stage.add(KafkaBroker.startAsInProduction(KafkaHome.fromProperties(), stage.folder()));
    BenchBroker started = new BenchBroker(broker, stage.folder());
    stage.add(started.admin);
    return started;
  }

  /** The process itself. */
  public KafkaBroker broker() {
    return broker;
  }

  /** Where clients find it. */
  public String address() {
    return broker.bootstrapServers();
  }

  /**
   * Makes a topic, whose files go soon after it is deleted, and waits until it can be written: a
   * producer that is refused once begins anew with small batches.
   */
  public void create(String topic, int partitions) throws InterruptedException {
    get(
        "making topic " + topic,
        () ->
            admin
                .createTopics(
                    List.of(
                        new NewTopic(topic, Optional.of(partitions), Optional.of((short) 1))
                            .configs(Map.of("file.delete.delay.ms", "100"))))
                .all()
                .get());
    PATIENCE.await(
        "topic " + topic + " being there",
        () -> {
          try {
            return Optional.of(end(topic, partitions));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
          } catch (IllegalStateException e) {
            // The broker has not heard of it yet.
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** Deletes a topic. */
  public void delete(String topic) throws InterruptedException {
    get("deleting topic " + topic, () -> admin.deleteTopics(List.of(topic)).all().get());
  }

  /**
   * The sum of all end offsets of a topic. Where there were transactions, that is more than its
   * records.
   */
  public long end(String topic, int partitions) throws InterruptedException {
    return get(
            "looking for the end of topic " + topic,
            () ->
                admin
                    .listOffsets(
                        IntStream.range(0, partitions)
                            .mapToObj(n -> new TopicPartition(topic, n))
                            .collect(
                                Collectors.toMap(
                                    Function.identity(), partition -> OffsetSpec.latest())))
                    .all()
                    .get())
        .values()
        .stream()
        .mapToLong(ListOffsetsResultInfo::offset)
        .sum();
  }

  /**
   * A file of these values, a line each, as Kafka's performance tool wants them.
   *
   * @param name of the file
   */
  public Path payloadFile(String name, Payloads payloads) throws IOException {
    return Files.write(folder.resolve(name), payloads.lines());
  }

  private static <T> T get(String what, Question<T> question) throws InterruptedException {
    try {
      return question.ask();
    } catch (ExecutionException e) {
      throw new IllegalStateException(what + " failed: " + e.getCause(), e.getCause());
    }
  }

  private interface Question<T> {
    T ask() throws ExecutionException, InterruptedException;
  }
}
