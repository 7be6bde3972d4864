package io.raftless.bench.kafka;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Payloads;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.bench.raw.RawContestants;
import io.raftless.bench.raw.RawS3;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reading what is there from its beginning to its end, next to Kafka's own consumer. */
public final class KafkaRead implements Experiment {
  private static final double GOAL = 1.0;

  /** What the store gives at most: nobody who takes as many bytes is faster. */
  private static final String LIMIT = "raw GET of 2 MiB";

  private static final int REQUESTS = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "kafka-read";
  }

  @Override
  public String question() {
    return "How fast is all that is there read, next to Kafka's own consumer performance tool?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    ObjectStore store = stage.add(Stage.settings(server).build().open());
    BenchBroker broker = BenchBroker.start(stage);
    KafkaTools tools = stage.add(KafkaTools.open());
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    for (int bytes : List.of(1024, 100)) {
      String label = bytes == 1024 ? "1 KiB" : bytes + " B";
      long records = stage.size().pick(100L, 400L, 1_000L) * 1_000_000 / bytes;
      Payloads payloads = new Payloads(stage.seed(), bytes);
      String topic = "read-" + bytes;
      broker.create(topic, LogFilling.PARTITIONS);
      Path file = broker.payloadFile(topic + ".txt", payloads);
      // Batches as large as one who wants throughput makes them: they are cheaper to read, too.
      tools.produce(broker, topic, records, bytes, file, KafkaAppend.TUNED);
      RaftlessLog log =
          stage.add(RaftlessLog.create(store, LogId.of("bench", topic), LogFilling.PARTITIONS));
      LogFilling.fill(log, records, bytes, payloads);
      if (contestants.isEmpty()) {
        RawS3 raw = stage.add(new RawS3(server, REQUESTS));
        contestants.add(RawContestants.get(LIMIT, raw, store, log.id(), LogFilling.PARTITIONS));
      }
      String ours = "Raftless, " + label;
      String theirs = "Kafka, " + label;
      contestants.add(Contestant.of(ours, round -> read(log, records, bytes)));
      contestants.add(Contestant.of(theirs, round -> tools.consume(broker, topic, records)));
      targets.add(
          Target.atLeast(ours + " against " + theirs, Metric.THROUGHPUT, ours, theirs, GOAL));
    }
    return new Contest(contestants, targets);
  }

  /** All partitions with one reader on one thread, as the tool has one consumer. */
  private static Sample read(RaftlessLog log, long records, int bytes) throws InterruptedException {
    Usage begun = Usage.begin();
    long count = 0;
    long sum = 0;
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      for (int partition = 0; partition < log.partitions(); partition++) {
        reader.assign(partition, 0);
      }
      while (count < records) {
        Optional<ReadBatch> batch = reader.poll(PATIENCE);
        if (batch.isEmpty()) {
          throw new IllegalStateException(
              "only " + count + " of " + records + " records are there");
        }
        // As the tool does: each record is looked at, for its length.
        for (LogRecord record : batch.get().records()) {
          count++;
          byte[] value = record.value();
          sum += value == null ? 0 : value.length;
        }
      }
    }
    if (sum != records * bytes) {
      throw new IllegalStateException(records + " records had " + sum + " bytes");
    }
    return begun.end().sample(records, sum);
  }
}
