package io.raftless.flink.sink;

import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogDescription.PartitionDescription;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogId;
import io.raftless.log.StagedBatch;
import io.raftless.log.StagerOptions;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.store.CountingObjectStore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.jspecify.annotations.Nullable;

/** A log, and committers of several submissions that commit to it, without Flink. */
final class CommitterBench implements AutoCloseable {
  static final LogId LOG = LogId.of("", "log");
  static final int PARTITIONS = 3;
  static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  final FaultyStore store = new FaultyStore();
  final CountingObjectStore counted = new CountingObjectStore(store);
  final TestLog log = TestLog.of(counted, LOG, PARTITIONS);

  private final List<HeadCommitter> committers = new ArrayList<>();
  private final RegisteredStore factory = RegisteredStore.of(counted);

  /** A job's submission, for as long as the test wants. */
  final class Job {
    final String submission;
    private final OnRewind onRewind;

    /** Of the writers, once the job runs. */
    History history;

    private Job(String submission, OnRewind onRewind, History history) {
      this.submission = submission;
      this.onRewind = onRewind;
      this.history = history;
    }

    /** Starts a committer without state. */
    HeadCommitter start() throws IOException, InterruptedException {
      HeadCommitter committer = committer(OptionalLong.empty(), "job");
      committer.acquire();
      return committer;
    }

    /** A committer that is told it was restored; the first commit is of the restored state. */
    HeadCommitter restored(long checkpoint) {
      return committer(OptionalLong.of(checkpoint), "job");
    }

    HeadCommitter committer(OptionalLong restoredCheckpointId, String jobId) {
      HeadCommitter committer =
          new HeadCommitter(
              settings(submission, onRewind),
              new Run(jobId, "quakes of " + submission, restoredCheckpointId),
              Clock.fixed(NOW, ZoneOffset.UTC),
              opened -> {});
      committers.add(committer);
      return committer;
    }

    /** What its writers hand out at a checkpoint: one object and a marker. */
    List<CommitRequest<StagedObject>> checkpoint(long id, StagedBatch... batches) {
      List<CommitRequest<StagedObject>> requests = new ArrayList<>();
      if (batches.length > 0) {
        requests.add(
            new FakeRequest(
                new StagedObject(submission, 0, 2 * id, Arrays.asList(batches)).of(id)));
      }
      requests.add(new FakeRequest(StagedObject.marker(submission, 0, 2 * id + 1, history).of(id)));
      return requests;
    }

    /** The whole input of a job without checkpoints. */
    List<CommitRequest<StagedObject>> wholeInput(int repeatableOver, StagedBatch... batches) {
      return List.of(
          new FakeRequest(
              new StagedObject(
                  submission,
                  0,
                  0,
                  Arrays.asList(batches),
                  StagedObject.WHOLE_INPUT,
                  repeatableOver,
                  null)),
          new FakeRequest(
              StagedObject.marker(submission, 0, 1, history).of(StagedObject.WHOLE_INPUT)));
    }
  }

  /** A submission without state. */
  Job job(String submission) {
    return new Job(
        submission, OnRewind.FAIL, History.beginning(log.log().incarnation(), submission));
  }

  /** A submission that is restored from a checkpoint of another one, or of itself. */
  Job job(String submission, Job from, long checkpoint, OnRewind onRewind) {
    return new Job(submission, onRewind, from.history.restoredBy(submission, checkpoint));
  }

  SinkSettings<String> settings(String submission, OnRewind onRewind) {
    return new SinkSettings<>(
        factory,
        LOG,
        0,
        "sink",
        submission,
        new Numbered.Serializer(),
        RaftlessPartitioner.byKey(),
        StagerOptions.defaults(),
        Duration.ofSeconds(1),
        onRewind,
        Duration.ZERO);
  }

  StagedBatch staged(int partition, String... elements) throws InterruptedException {
    return log.stage(partition, Stream.of(elements).map(Numbered::record).toList()).get(0);
  }

  SinkPosition position(int partition) {
    SinkPosition position = positions().get(partition);
    if (position == null) {
      throw new AssertionError("partition " + partition + " has no position");
    }
    return position;
  }

  /** By partition. */
  Map<Integer, SinkPosition> positions() {
    Map<Integer, SinkPosition> positions = new TreeMap<>();
    for (PartitionDescription partition : log.log().describe().join().partitions()) {
      for (WriterDescription writer : partition.writers()) {
        @Nullable String position = writer.position();
        if (position != null) {
          positions.put(partition.partition(), SinkPosition.decode(position));
        }
      }
    }
    return positions;
  }

  /** Nobody can tell any more, by labels, what was committed until now. */
  void expireLabels() {
    for (int partition = 0; partition < log.log().partitions(); partition++) {
      log.log().trimToLatest(partition).join();
    }
    VacuumOptions everything = VacuumOptions.defaults().withRetention(Duration.ZERO);
    log.log().vacuum(everything, key -> {}).join();
    log.log().vacuum(everything, key -> {}).join();
  }

  @Override
  public void close() {
    committers.forEach(HeadCommitter::close);
    log.close();
  }
}
