package io.raftless.demo;

import io.raftless.connectcluster.ConnectWorkers;
import io.raftless.connectcluster.KafkaBroker;
import io.raftless.connectcluster.Patience;
import io.raftless.connectcluster.RoundTripConnectors;
import io.raftless.log.RaftlessLog;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * When nothing more is to come: the sink has written all of the topic, the source has read all of
 * the log, and the reader all of the other topic. That is no question of how many records there
 * are, so that a lost one is found out, and not waited for.
 */
record Quiescence(
    KafkaBroker broker,
    ConnectWorkers workers,
    RaftlessLog log,
    CommittedReader reader,
    String input,
    int partitions) {
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(5));

  /** Waits, and says every now and then how many records there are. */
  void await(LongConsumer count) throws InterruptedException {
    try (Admin admin = broker.admin()) {
      PATIENCE.await(
          "the end of the copying",
          () -> {
            workers.requireAlive();
            workers.any().requireNotFailed(RoundTripConnectors.SINK);
            workers.any().requireNotFailed(RoundTripConnectors.SOURCE);
            count.accept(reader.count());
            return found(() -> isSinkDone(admin) && isSourceDone() && isReaderDone());
          });
    }
  }

  /** A question that can be interrupted. */
  private interface Question {
    boolean isAnsweredWithYes() throws InterruptedException;
  }

  private static Optional<Boolean> found(Question question) {
    return Optional.of(true).filter(yes -> ask(question));
  }

  private static boolean ask(Question question) {
    try {
      return question.isAnsweredWithYes();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoFailedException("interrupted", e);
    }
  }

  private boolean isSinkDone(Admin admin) throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest =
        IntStream.range(0, partitions)
            .mapToObj(partition -> new TopicPartition(input, partition))
            .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
    try {
      Map<TopicPartition, ListOffsetsResultInfo> ends = admin.listOffsets(latest).all().get();
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin
              .listConsumerGroupOffsets("connect-" + RoundTripConnectors.SINK)
              .partitionsToOffsetAndMetadata()
              .get();
      return ends.entrySet().stream()
          .allMatch(
              end -> {
                OffsetAndMetadata offset = committed.get(end.getKey());
                return end.getValue().offset() == 0
                    || (offset != null && offset.offset() >= end.getValue().offset());
              });
    } catch (ExecutionException e) {
      throw new DemoFailedException("the broker does not answer: " + e.getCause(), e);
    }
  }

  private boolean isSourceDone() throws InterruptedException {
    long read =
        workers
            .any()
            .offsets(RoundTripConnectors.SOURCE)
            .path("offsets")
            .valueStream()
            .mapToLong(offset -> offset.path("offset").path("offset").asLong(0))
            .sum();
    long written =
        IntStream.range(0, partitions)
            .mapToLong(partition -> log.status(partition).join().nextOffset())
            .sum();
    return read >= written;
  }

  /** What the source has said to have read was committed before, and so before this look. */
  private boolean isReaderDone() throws InterruptedException {
    long before = reader.count();
    if (!reader.isAtEnd()) {
      return false;
    }
    return reader.count() == before;
  }
}
