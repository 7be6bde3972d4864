package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.log.AppendConditions;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The source with Connect's exactly-once support, with its own and with our boundaries. */
@Timeout(180)
@ExtendWith(SharedCluster.class)
final class TransactionsTest {
  private static final int BATCHES = 40;
  private static final int PER_BATCH = 25;

  private final Flow flow;

  TransactionsTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @AfterEach
  void close() {
    flow.close();
  }

  @ParameterizedTest
  @CsvSource({"poll,batch", "interval,batch", "connector,batch", "connector,records"})
  void tasksAreRestartedAndCommittedConsumersSeeEachRecordOnce(String boundary, String unit)
      throws Exception {
    String log = flow.name("log");
    String copy = flow.topic("log-copy", 1);
    Map<String, String> options = flow.source(log);
    options.put("transaction.boundary", boundary);
    options.put("transaction.unit", unit);
    if (unit.equals("records")) {
      options.put("transaction.records", "10");
    }
    if (boundary.equals("interval")) {
      options.put("transaction.boundary.interval.ms", "200");
    }
    try (RaftlessLog open = RaftlessLog.create(flow.store(), flow.logId(log), 1);
        LogWriter writer = open.newWriter(WriterOptions.defaults())) {
      append(writer, 0, BATCHES / 2);
      String source = flow.start("source", options);
      assertThat(flow.consume(copy, 0, 1)).isNotEmpty();
      flow.connect().restartTask(source, 0);
      append(writer, BATCHES / 2, BATCHES);
      flow.connect().restartTask(source, 0);

      List<String> all = Flow.words("", 0, BATCHES * PER_BATCH);
      assertThat(flow.consume(copy, 0, all.size()).stream().map(r -> Flow.text(r.value())).toList())
          .isEqualTo(all);
    }
  }

  private static void append(LogWriter writer, int from, int to) throws Exception {
    for (int batch = from; batch < to; batch++) {
      List<LogRecord> records =
          Flow.words("", batch * PER_BATCH, (batch + 1) * PER_BATCH).stream()
              .map(word -> LogRecord.of(null, Flow.bytes(word), 1))
              .toList();
      var unused = writer.append(0, records, AppendConditions.NONE).join();
    }
  }
}
