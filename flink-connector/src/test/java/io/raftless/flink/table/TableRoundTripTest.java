package io.raftless.flink.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.flink.testing.Jobs;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.maintenance.CompactionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tables of connector {@code raftless} on a cluster: what is written is what is read. */
final class TableRoundTripTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

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

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void jsonComesBackInStreamingAndInBatchMode() throws Exception {
    String[] options = {
      "log", "json", "format", "json", "sink.id", "json", "sink.create-partitions", "3"
    };
    String columns = "id BIGINT, name STRING, tags ARRAY<STRING>, place ROW<x INT, y INT>";
    sql.table("t", columns, "raftless", options);
    sql.insert(
        "INSERT INTO t VALUES (1, 'a', ARRAY['x', 'y'], ROW(1, 2)),"
            + " (2, CAST(NULL AS STRING), ARRAY['z'], ROW(3, 4))");
    String hint = " /*+ OPTIONS('scan.bounded.mode' = 'latest') */";
    List<String> expected = List.of("+I[1, a, [x, y], +I[1, 2]]", "+I[2, null, [z], +I[3, 4]]");
    assertThat(sql.rows("SELECT * FROM t" + hint)).containsExactlyInAnyOrderElementsOf(expected);

    SqlSession batch = SqlSession.batch(s3);
    batch.table("t", columns, "raftless", options);
    assertThat(batch.rows("SELECT * FROM t")).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(batch.rows("SELECT place.y, id FROM t ORDER BY id"))
        .containsExactly("+I[2, 1]", "+I[4, 2]");
    assertThat(batch.rows("SELECT COUNT(*) FROM t")).containsExactly("+I[2]");
  }

  @Test
  void itIsKnownWhoWroteARecordAlsoAfterCompaction() throws Exception {
    String columns =
        "id BIGINT, who STRING METADATA FROM 'writer-id' VIRTUAL, epoch BIGINT METADATA VIRTUAL";
    String[] exactlyOnce = {
      "log", "who", "format", "json", "sink.id", "first", "sink.create-partitions", "1"
    };
    sql.table("t", columns, "raftless", exactlyOnce);
    sql.insert("INSERT INTO t VALUES (1)");
    sql.insert("INSERT INTO t /*+ OPTIONS('sink.id' = 'second') */ VALUES (2)");
    String[] atLeastOnce = {
      "log", "who", "format", "json", "sink.delivery-guarantee", "at-least-once"
    };
    sql.table("u", columns, "raftless", atLeastOnce);
    sql.insert("INSERT INTO u VALUES (3)");

    SqlSession batch = SqlSession.batch(s3);
    batch.table("t", columns, "raftless", exactlyOnce);
    String query = "SELECT id, who, epoch > 0 FROM t ORDER BY id";
    List<String> expected =
        List.of("+I[1, first, true]", "+I[2, second, true]", "+I[3, null, null]");
    assertThat(batch.rows(query)).isEqualTo(expected);

    sql.withLog("who", 1, log -> log.log().compact(0, CompactionOptions.defaults().forced()));
    assertThat(batch.rows(query)).isEqualTo(expected);
    assertThat(batch.rows("SELECT id FROM t ORDER BY id"))
        .containsExactly("+I[1]", "+I[2]", "+I[3]");
  }

  @Test
  void aBatchInsertWritesEveryRowOnce() throws Exception {
    SqlSession batch = SqlSession.batch(s3);
    batch.table(
        "t",
        "id BIGINT, name STRING",
        "raftless",
        "log",
        "batch",
        "format",
        "csv",
        "sink.id",
        "batch",
        "sink.create-partitions",
        "2");
    batch.insert("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    batch.insert("INSERT INTO t SELECT id + 10, name FROM t");
    assertThat(batch.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("+I[1, a]", "+I[2, b]", "+I[3, c]", "+I[11, a]", "+I[12, b]", "+I[13, c]");
  }

  @Test
  void theKeyHasItsFieldsWithoutThePrefixAndTheValueTheOthers() throws Exception {
    sql.table(
        "t",
        "k_id BIGINT, id STRING, k_zone STRING, total INT",
        "raftless",
        "log",
        "keyed",
        "key.format",
        "json",
        "key.fields",
        "k_zone;k_id",
        "key.fields-prefix",
        "k_",
        "value.format",
        "json",
        "value.fields-include",
        "EXCEPT_KEY",
        "scan.bounded.mode",
        "latest",
        "sink.id",
        "keyed",
        "sink.create-partitions",
        "2");
    sql.insert("INSERT INTO t VALUES (7, 'seven', 'eu', 70), (8, 'eight', 'us', 80)");
    List<String> stored = new ArrayList<>();
    sql.withLog(
        "keyed",
        2,
        log -> {
          for (int partition = 0; partition < 2; partition++) {
            for (LogRecord record : log.records(partition)) {
              stored.add(new String(record.key(), UTF_8) + new String(record.value(), UTF_8));
            }
          }
        });
    assertThat(stored)
        .containsExactlyInAnyOrder(
            "{\"zone\":\"eu\",\"id\":7}{\"id\":\"seven\",\"total\":70}",
            "{\"zone\":\"us\",\"id\":8}{\"id\":\"eight\",\"total\":80}");
    assertThat(sql.rows("SELECT * FROM t"))
        .containsExactlyInAnyOrder("+I[7, seven, eu, 70]", "+I[8, eight, us, 80]");
    assertThat(sql.rows("SELECT total, k_zone FROM t"))
        .containsExactlyInAnyOrder("+I[70, eu]", "+I[80, us]");
    assertThat(sql.rows("SELECT k_id FROM t")).containsExactlyInAnyOrder("+I[7]", "+I[8]");
  }

  @Test
  void metadataGoesBothWays() throws Exception {
    sql.table(
        "t",
        "id INT,"
            + " ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',"
            + " h MAP<STRING, BYTES> METADATA FROM 'headers',"
            + " p INT METADATA FROM 'partition',"
            + " o BIGINT METADATA FROM 'offset' VIRTUAL,"
            + " log STRING METADATA VIRTUAL",
        "raftless",
        "log",
        "metadata",
        "format",
        "json",
        "scan.bounded.mode",
        "latest",
        "sink.id",
        "metadata",
        "sink.create-partitions",
        "3");
    sql.insert(
        "INSERT INTO t VALUES"
            + " (1, TO_TIMESTAMP_LTZ(1500, 3), MAP['a', x'01'], 2),"
            + " (2, TO_TIMESTAMP_LTZ(-20, 3), CAST(NULL AS MAP<STRING, BYTES>), 0)");
    assertThat(sql.rows("SELECT id, CAST(ts AS STRING), h, p, o, log FROM t"))
        .containsExactlyInAnyOrder(
            "+I[1, 1970-01-01 00:00:01.500, {a=[1]}, 2, 0, metadata]",
            "+I[2, 1969-12-31 23:59:59.980, {}, 0, 0, metadata]");
    sql.withLog(
        "metadata",
        3,
        log -> {
          assertThat(log.records(2))
              .containsExactly(
                  new LogRecord(
                      null,
                      bytes("{\"id\":1}"),
                      List.of(new RecordHeader("a", new byte[] {1})),
                      1_500));
          assertThat(log.records(1)).isEmpty();
        });
  }

  @Test
  void headersAsAListKeepTheirOrderAndAsAMapTheLastOfAName() throws Exception {
    sql.withLog(
        "headers",
        1,
        log ->
            log.append(
                0,
                List.of(
                    new LogRecord(
                        null,
                        bytes("{\"id\":1}"),
                        List.of(
                            new RecordHeader("a", new byte[] {1}),
                            new RecordHeader("b", null),
                            new RecordHeader("a", new byte[] {2})),
                        5))));
    String[] options = {
      "log", "headers", "format", "json", "scan.bounded.mode", "latest", "sink.id", "headers"
    };
    sql.table(
        "t",
        "id INT, list ARRAY<ROW<name STRING, `value` BYTES>> METADATA FROM 'headers-list',"
            + " h MAP<STRING, BYTES> METADATA FROM 'headers' VIRTUAL",
        "raftless",
        options);
    assertThat(sql.rows("SELECT list, h['a'], h['b'] FROM t"))
        .containsExactly("+I[[+I[a, [1]], +I[b, null], +I[a, [2]]], [2], null]");
    sql.insert("INSERT INTO t SELECT id + 1, list FROM t");
    sql.withLog(
        "headers",
        1,
        log -> {
          List<LogRecord> records = log.records(0);
          assertThat(records).hasSize(2);
          assertThat(records.get(1).headers()).isEqualTo(records.get(0).headers());
        });
  }

  @Test
  void aPartitionThatTheLogDoesNotHaveFailsTheJob() {
    sql.table(
        "t",
        "id INT, `partition` INT METADATA",
        "raftless",
        "log",
        "outside",
        "format",
        "json",
        "sink.id",
        "outside",
        "sink.create-partitions",
        "2");
    Throwable thrown = catchThrowable(() -> sql.insert("INSERT INTO t VALUES (1, 2)"));
    assertThat(ExceptionUtils.stringifyException(thrown))
        .contains("metadata 'partition' is 2, but the log has 2 partitions: write 0 to 1");
  }

  @Test
  void aRecordWithoutValueIsARowOfItsKey() throws Exception {
    sql.withLog("tombstones", 1, log -> log.append(0, List.of(record("1", "{\"v\":\"x\"}"))));
    sql.withLog("tombstones", 1, log -> log.append(0, List.of(LogRecord.of(bytes("2"), null, 0))));
    String[] options = {
      "log", "tombstones", "value.format", "json", "scan.bounded.mode", "latest",
      "key.format", "csv", "key.fields", "id", "value.fields-include", "EXCEPT_KEY"
    };
    sql.table("t", "id INT, v STRING", "raftless", options);
    assertThat(sql.rows("SELECT * FROM t")).containsExactlyInAnyOrder("+I[1, x]", "+I[2, null]");
    sql.table("strict", "id INT, v STRING NOT NULL", "raftless", options);
    assertThatThrownBy(() -> sql.rows("SELECT * FROM strict"))
        .hasStackTraceContaining("the record has no value, but columns of the value are NOT NULL");
    sql.table(
        "without_key",
        "v STRING",
        "raftless",
        "log",
        "tombstones",
        "format",
        "json",
        "scan.bounded.mode",
        "latest");
    assertThatThrownBy(() -> sql.rows("SELECT * FROM without_key"))
        .hasStackTraceContaining(
            "the record has no value, and the table has no columns in the key");
    assertThat(sql.rows("SELECT * FROM without_key /*+ OPTIONS('scan.on-poison' = 'skip') */"))
        .containsExactly("+I[x]");
  }

  @Test
  void aWindowIsAggregatedByTheTimestampsOfTheRecords() throws Exception {
    sql.table(
        "t",
        "v INT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',"
            + " WATERMARK FOR ts AS ts - INTERVAL '1' SECOND",
        "raftless",
        "log",
        "window",
        "format",
        "json",
        "scan.bounded.mode",
        "latest",
        "sink.id",
        "window",
        "sink.create-partitions",
        "2");
    sql.insert(
        "INSERT INTO t VALUES (1, TO_TIMESTAMP_LTZ(1000, 3)), (2, TO_TIMESTAMP_LTZ(9999, 3)),"
            + " (4, TO_TIMESTAMP_LTZ(10000, 3)), (8, TO_TIMESTAMP_LTZ(25000, 3))");
    String query =
        "SELECT CAST(window_start AS STRING), SUM(v) FROM"
            + " TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)"
            + " GROUP BY window_start, window_end";
    assertThat(sql.rows(query))
        .containsExactlyInAnyOrder(
            "+I[1970-01-01 00:00:00.000, 3]",
            "+I[1970-01-01 00:00:10.000, 4]",
            "+I[1970-01-01 00:00:20.000, 8]");
    assertThat(sql.plan(query)).contains("watermark=[").doesNotContain("WatermarkAssigner");
  }

  private static LogRecord record(String key, String value) {
    return LogRecord.of(bytes(key), bytes(value), 0);
  }
}
