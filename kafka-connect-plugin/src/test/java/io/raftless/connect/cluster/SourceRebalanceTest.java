package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.log.AppendConditions;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.util.clusters.WorkerHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sources with every kind of transaction while workers come and go. */
@Timeout(240)
@ExtendWith(SharedCluster.class)
final class SourceRebalanceTest {
  private static final int PARTITIONS = 2;
  private static final int CHUNK = 200;
  private static final int BATCH = 7;

  private final Flow flow;
  private final Map<String, String> copies = new LinkedHashMap<>();
  private int appended;

  SourceRebalanceTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @AfterEach
  void close() {
    flow.close();
  }

  private void create(String log, String suffix, String boundary, Map<String, String> more) {
    String copy = flow.topic(suffix, PARTITIONS);
    Map<String, String> options = flow.source(log);
    options.put("topic.format", copy);
    options.put("transaction.boundary", boundary);
    options.putAll(more);
    copies.put(flow.create(suffix, options), copy);
  }

  @Test
  void workersComeAndGoAndEachRecordIsCommittedOnceWhateverATransactionIs() throws Exception {
    String log = flow.name("log");
    try (RaftlessLog open = RaftlessLog.create(flow.store(), flow.logId(log), PARTITIONS);
        LogWriter writer = open.newWriter(WriterOptions.defaults())) {
      append(writer);
      create(log, "poll", "poll", Map.of("poll.records.max", "10"));
      create(log, "interval", "interval", Map.of("transaction.boundary.interval.ms", "100"));
      create(log, "batch", "connector", Map.of("transaction.unit", "batch"));
      create(
          log,
          "records",
          "connector",
          Map.of("transaction.unit", "records", "transaction.records", "30"));
      for (String source : copies.keySet()) {
        flow.awaitRunning(source);
      }

      WorkerHandle more = flow.connect().addWorker();
      append(writer);
      awaitCopies();
      append(writer);
      flow.connect().removeWorker(more);
      append(writer);
      awaitCopies();
    }

    for (String source : copies.keySet()) {
      flow.stop(source);
    }
    List<String> all = Flow.words("", 0, appended);
    for (String copy : copies.values()) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        assertThat(flow.consume(copy, partition, appended).stream().map(r -> Flow.text(r.value())))
            .as("%s/%d", copy, partition)
            .containsExactlyElementsOf(all);
      }
    }
  }

  /** Everything that was appended is in each of the copies. */
  private void awaitCopies() {
    for (String copy : copies.values()) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        assertThat(flow.consume(copy, partition, appended).size()).as(copy).isEqualTo(appended);
      }
    }
  }

  /** Some more numbers to each partition, in small batches. */
  private void append(LogWriter writer) throws Exception {
    for (int first = appended; first < appended + CHUNK; first += BATCH) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        List<LogRecord> records = new ArrayList<>();
        for (String word : Flow.words("", first, Math.min(first + BATCH, appended + CHUNK))) {
          records.add(LogRecord.of(null, Flow.bytes(word), 1));
        }
        var unused = writer.append(partition, records, AppendConditions.NONE).join();
      }
    }
    appended += CHUNK;
  }
}
