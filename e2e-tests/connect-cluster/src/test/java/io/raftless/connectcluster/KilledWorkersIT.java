package io.raftless.connectcluster;

import static io.raftless.connectcluster.RoundTripConnectors.SINK;
import static io.raftless.connectcluster.RoundTripConnectors.SOURCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Topic to log to topic on two workers, which are killed, and frozen until others do their work.
 */
@Timeout(600)
final class KilledWorkersIT {
  private static final int PARTITIONS = 4;
  private static final int PER_PARTITION = 25_000;
  private static final int RECORDS = PARTITIONS * PER_PARTITION;
  private static final int TASKS = 2;
  private static final Duration WRITING = Duration.ofSeconds(40);
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(2));
  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final LogId LOG = LogId.of("", "between");

  private enum Blow {
    KILL,
    FREEZE,
    FREEZE_IN_A_FLUSH
  }

  private static final List<Blow> BLOWS =
      List.of(
          Blow.KILL,
          Blow.FREEZE_IN_A_FLUSH,
          Blow.KILL,
          Blow.FREEZE,
          Blow.KILL,
          Blow.FREEZE_IN_A_FLUSH,
          Blow.KILL,
          Blow.KILL);

  @TempDir Path folder;

  @Test
  void everyRecordIsThereOnceAndInOrderThoughWorkersAreKilledAndOneWasAZombie() throws Exception {
    KafkaHome home = KafkaHome.fromProperties();
    WorkerSettings settings =
        new WorkerSettings(
            "connect", "256m", Duration.ofSeconds(4), Duration.ofSeconds(1), Map.of());
    try (EmbeddedS3Process s3 = EmbeddedS3Process.builder().maxHeap("512m").start();
        ObjectStore store = store(s3).open();
        RaftlessLog log = RaftlessLog.create(store, LOG, PARTITIONS);
        KafkaBroker broker = KafkaBroker.start(home, folder);
        ConnectWorkers workers = new ConnectWorkers(home, folder, broker, settings)) {
      broker.createTopics(PARTITIONS, List.of(INPUT, OUTPUT));
      workers.startTogether(2);
      RoundTripConnectors connectors =
          new RoundTripConnectors(
              RoundTripConnectors.store(
                  s3.bucket(),
                  s3.endpoint().toString(),
                  s3.region(),
                  s3.accessKeyId(),
                  s3.secretAccessKey()),
              INPUT,
              LOG.name(),
              OUTPUT,
              TASKS);
      workers
          .any()
          .configure(
              SINK,
              connectors.sink(
                  broker,
                  // Something is always under way when a worker is killed or frozen.
                  Map.of("flush.linger.ms", "20", "fenced.retry.ms", "8000")));
      workers.any().configure(SOURCE, connectors.source(Map.of()));
      workers.any().awaitRunning(SINK, TASKS);
      workers.any().awaitRunning(SOURCE, TASKS);

      try (OutputChecker output = new OutputChecker(broker, OUTPUT, PARTITIONS);
          PacedProducer input =
              new PacedProducer(broker, INPUT, PARTITIONS, PER_PARTITION, WRITING)) {
        try {
          strike(workers, s3, input, output);
          input.join();
          awaitAll(workers, output, log);
        } catch (RuntimeException | Error e) {
          e.addSuppressed(
              new IllegalStateException(
                  "after " + output.count() + " records" + workers.logTails()));
          throw e;
        }
        assertThat(output.violations()).isEmpty();
        assertThat(output.next()).isEqualTo(Collections.nCopies(PARTITIONS, (long) PER_PARTITION));
        assertThat(size(log)).as("records of the log").isEqualTo(RECORDS);
        assertThat(output.count()).as("records of the topic").isEqualTo(RECORDS);
      }
    }
  }

  /** Each blow falls when a new part of the records has begun to arrive, and most of it has not. */
  private static void strike(
      ConnectWorkers workers, EmbeddedS3Process s3, PacedProducer input, OutputChecker output)
      throws InterruptedException {
    int part = PER_PARTITION / BLOWS.size();
    for (int blow = 0; blow < BLOWS.size(); blow++) {
      boolean isLast = blow == BLOWS.size() - 1;
      input.allow(isLast ? PER_PARTITION : (long) part * (blow + 1));
      awaitCount(workers, output, (long) PARTITIONS * part * blow + part / 2);
      switch (BLOWS.get(blow)) {
        case KILL -> workers.killOne();
        case FREEZE -> workers.freezeOneUntilOthersDoItsWork();
        case FREEZE_IN_A_FLUSH -> workers.freezeOneInAFlushUntilOthersDoItsWork(s3.pid());
      }
    }
  }

  private static void awaitCount(ConnectWorkers workers, OutputChecker output, long count)
      throws InterruptedException {
    PATIENCE.await(
        count + " records in the output",
        () -> {
          requireHealth(workers);
          return output.count() >= count ? Optional.of(true) : Optional.empty();
        });
  }

  /** Until the source has read all of the log, so that nothing more can come. */
  private static void awaitAll(ConnectWorkers workers, OutputChecker output, RaftlessLog log)
      throws InterruptedException {
    awaitCount(workers, output, RECORDS);
    PATIENCE.await(
        "the source's offsets at the end of the log",
        () -> {
          requireHealth(workers);
          return sourceOffsets(workers) >= size(log) ? Optional.of(true) : Optional.empty();
        });
  }

  private static long sourceOffsets(ConnectWorkers workers) {
    try {
      return workers
          .any()
          .offsets(SOURCE)
          .path("offsets")
          .valueStream()
          .mapToLong(offset -> offset.path("offset").path("offset").asLong(0))
          .sum();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** A task that has failed is not started again by anybody. */
  private static void requireHealth(ConnectWorkers workers) {
    workers.requireAlive();
    workers.any().requireNotFailed(SINK);
    workers.any().requireNotFailed(SOURCE);
  }

  private static long size(RaftlessLog log) {
    return IntStream.range(0, PARTITIONS)
        .mapToObj(partition -> log.status(partition).join().nextOffset())
        .flatMapToLong(LongStream::of)
        .sum();
  }

  private static S3Settings store(EmbeddedS3Process s3) {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .region(s3.region())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build();
  }
}
