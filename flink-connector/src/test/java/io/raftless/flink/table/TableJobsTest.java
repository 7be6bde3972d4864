package io.raftless.flink.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.LogRecord;
import io.raftless.log.LogReader;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Guarantees, partitioners, several logs and starting positions, as jobs that SQL starts. */
final class TableJobsTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static EmbeddedS3 s3;

  @TempDir Path checkpoints;

  private SqlSession sql;

  @BeforeAll
  static void startStore() {
    s3 = EmbeddedS3.inMemory();
  }

  @AfterAll
  static void stopStore() {
    s3.close();
  }

  @BeforeEach
  void open() {
    sql = SqlSession.streaming(s3, checkpoints);
  }

  /** Hands numbers through, but the first time that it sees 15 it fails. */
  public static final class FailAtFifteen extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final AtomicInteger FAILURES = new AtomicInteger();

    /** Called by the code that Flink makes of the statement. */
    public Integer eval(Integer id) throws IOException {
      if (id == 15 && FAILURES.compareAndSet(0, 1)) {
        throw new IOException("the test fails this task");
      }
      return id;
    }
  }

  private static List<LogRecord> rows(int from, int to) {
    List<LogRecord> records = new ArrayList<>();
    for (int id = from; id < to; id++) {
      records.add(row(id, 0));
    }
    return records;
  }

  private static LogRecord row(int id, long timestamp) {
    return LogRecord.of(null, value(id).getBytes(UTF_8), timestamp);
  }

  private static String value(int id) {
    return "{\"id\":" + id + "}";
  }

  private static List<String> values(List<LogRecord> records) {
    return records.stream()
        .map(record -> new String(Objects.requireNonNull(record.value()), UTF_8))
        .toList();
  }

  /** Waits until partition 0 has so many records. */
  private static void awaitRecords(TestLog log, int wanted) throws InterruptedException {
    try (LogReader reader = log.log().newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      int seen = 0;
      while (seen < wanted) {
        Optional<ReadBatch> batch = reader.poll(PATIENCE);
        assertThat(batch).as("after %d of %d records", seen, wanted).isPresent();
        seen += batch.orElseThrow().records().size();
      }
    }
  }

  @Test
  void anInsertThatFailsAfterACommitWritesEveryRowOnce() throws Exception {
    FailAtFifteen.FAILURES.set(0);
    SqlSession restarting = SqlSession.restarting(s3, checkpoints);
    restarting.function("fail_at_fifteen", new FailAtFifteen());
    restarting.withLog("once-in", 1, log -> log.append(0, rows(0, 10)));
    restarting.withLog("once-out", 1, log -> {});
    restarting.table(
        "source",
        "id INT",
        "raftless",
        "log",
        "once-in",
        "format",
        "json",
        "scan.bounded.mode",
        "specific-offsets",
        "scan.bounded.specific-offsets",
        "partition:0,offset:20");
    restarting.table(
        "target", "id INT", "raftless", "log", "once-out", "format", "json", "sink.id", "once");
    TableResult job = restarting.start("INSERT INTO target SELECT fail_at_fifteen(id) FROM source");
    restarting.withLog("once-out", 1, log -> awaitRecords(log, 10));
    restarting.withLog("once-in", 1, log -> log.append(0, rows(10, 20)));
    job.await(60, TimeUnit.SECONDS);
    assertThat(FailAtFifteen.FAILURES).hasValue(1);
    restarting.withLog(
        "once-out",
        1,
        log ->
            assertThat(values(log.records(0)))
                .containsExactlyInAnyOrderElementsOf(values(rows(0, 20))));
  }

  private List<List<String>> writtenWith(String log, String guarantee, String partitioner)
      throws Exception {
    sql.table(
        "t",
        "id INT",
        "raftless",
        "log",
        log,
        "format",
        "json",
        "sink.delivery-guarantee",
        guarantee,
        "sink.partitioner",
        partitioner,
        "sink.parallelism",
        "1",
        "sink.create-partitions",
        "3");
    sql.insert("INSERT INTO t VALUES (0), (1), (2), (3), (4), (5)");
    List<List<String>> partitions = new ArrayList<>();
    sql.withLog(
        log,
        3,
        opened -> {
          for (int partition = 0; partition < 3; partition++) {
            partitions.add(values(opened.records(partition)));
          }
        });
    return partitions;
  }

  @Test
  void anInsertAtLeastOnceWritesAllRowsRoundRobin() throws Exception {
    List<List<String>> partitions = writtenWith("at-least-once", "at-least-once", "round-robin");
    assertThat(partitions).allSatisfy(partition -> assertThat(partition).hasSize(2));
    assertThat(partitions.stream().flatMap(List::stream))
        .containsExactlyInAnyOrderElementsOf(values(rows(0, 6)));
  }

  @Test
  void anInsertWithoutGuaranteeWritesAllRowsOfAWriterToOnePartition() throws Exception {
    assertThat(writtenWith("no-guarantee", "none", "fixed"))
        .containsExactly(values(rows(0, 6)), List.of(), List.of());
  }

  @Test
  void severalLogsAreReadByNamesOrByAPatternAndEachRowTellsItsLog() throws Exception {
    sql.withLog("several-a", 1, log -> log.append(0, rows(1, 2)));
    sql.withLog("several-b", 2, log -> log.append(1, rows(2, 3)));
    sql.withLog("other-several-c", 1, log -> log.append(0, rows(3, 4)));
    String columns = "id INT, log STRING METADATA VIRTUAL";
    String[] named = {
      "log", "several-a;other-several-c", "format", "json", "scan.bounded.mode", "latest"
    };
    sql.table("named", columns, "raftless", named);
    assertThat(sql.rows("SELECT id, log FROM named"))
        .containsExactlyInAnyOrder("+I[1, several-a]", "+I[3, other-several-c]");
    String[] pattern = {
      "log-pattern", "several-.*", "format", "json", "scan.bounded.mode", "latest"
    };
    sql.table("matching", columns, "raftless", pattern);
    assertThat(sql.rows("SELECT id, log FROM matching"))
        .containsExactlyInAnyOrder("+I[1, several-a]", "+I[2, several-b]");
  }

  @Test
  void aQueryStartsAtATimeAtOffsetsOrWhereItsGroupIs() throws Exception {
    sql.withLog(
        "start", 1, log -> log.append(0, List.of(row(1, 1_000), row(2, 2_000), row(3, 3_000))));
    String[] options = {"log", "start", "format", "json", "scan.bounded.mode", "latest"};
    sql.table("t", "id INT", "raftless", options);
    assertThat(
            sql.rows(
                "SELECT id FROM t /*+ OPTIONS('scan.startup.mode' = 'timestamp',"
                    + " 'scan.startup.timestamp-millis' = '3000') */"))
        .containsExactly("+I[3]");
    assertThat(
            sql.rows(
                "SELECT id FROM t /*+ OPTIONS('scan.startup.mode' = 'specific-offsets',"
                    + " 'scan.startup.specific-offsets' = 'partition:0,offset:1') */"))
        .containsExactly("+I[2]", "+I[3]");
    String asGroup =
        "SELECT id FROM t /*+ OPTIONS('scan.startup.mode' = 'group-offsets', 'group' = 'g') */";
    assertThat(sql.rows(asGroup)).containsExactly("+I[1]", "+I[2]", "+I[3]");
    sql.withLog("start", 1, log -> log.append(0, List.of(row(4, 4_000))));
    assertThat(sql.rows(asGroup)).containsExactly("+I[4]");
  }
}
