package io.raftless.flink.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.flink.testing.Jobs;
import io.raftless.format.LogRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the planner hands down is used: where it is, a query gets past a record that cannot be read,
 * since it does not read it.
 */
final class TablePushDownTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  private static final String COLUMNS =
      "id INT, n INT, `partition` INT METADATA VIRTUAL, ts TIMESTAMP_LTZ(3) METADATA FROM"
          + " 'timestamp' VIRTUAL";

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

  private static LogRecord json(String value, long timestamp) {
    return LogRecord.of(null, value.getBytes(UTF_8), timestamp);
  }

  private void table(String log) {
    sql.table(
        "t", COLUMNS, "raftless", "log", log, "format", "json", "scan.bounded.mode", "latest");
  }

  @Test
  void columnsThatAreNotAskedForAreNotDecoded() throws Exception {
    sql.withLog("project", 1, log -> log.append(0, List.of(json("{\"id\":1,\"n\":\"x\"}", 0))));
    table("project");
    assertThat(sql.plan("SELECT id FROM t")).contains("project=[id]");
    assertThat(sql.rows("SELECT id FROM t")).containsExactly("+I[1]");
    assertThatThrownBy(() -> sql.rows("SELECT n FROM t")).isNotNull();
  }

  @Test
  void partitionsThatAConditionLeavesOutAreNotRead() throws Exception {
    sql.withLog(
        "prune",
        3,
        log -> {
          log.append(0, List.of(json("{\"id\":1}", 0)));
          log.append(1, List.of(json("poison", 0)));
          log.append(2, List.of(json("{\"id\":3}", 0)));
        });
    table("prune");
    assertThat(sql.rows("SELECT id FROM t WHERE `partition` = 0")).containsExactly("+I[1]");
    assertThat(sql.rows("SELECT id FROM t WHERE `partition` IN (0, 2)"))
        .containsExactlyInAnyOrder("+I[1]", "+I[3]");
    assertThat(sql.rows("SELECT id FROM t WHERE `partition` = 0 AND id > 5")).isEmpty();
    assertThat(sql.rows("SELECT id FROM t WHERE `partition` = -1")).isEmpty();
    assertThat(sql.rows("SELECT id FROM t WHERE `partition` IN (-1, 2)")).containsExactly("+I[3]");
    assertThatThrownBy(() -> sql.rows("SELECT id FROM t WHERE `partition` < 2")).isNotNull();
    assertThat(sql.plan("SELECT id FROM t WHERE `partition` = 0")).contains("filter=[=(partition");
  }

  @Test
  void readingStartsAtTheTimeThatAConditionNames() throws Exception {
    sql.withLog(
        "since",
        1,
        log ->
            log.append(
                0,
                List.of(
                    json("poison", 1_000),
                    json("{\"id\":1}", 2_000),
                    json("{\"id\":2}", 500),
                    json("{\"id\":3}", 3_000))));
    table("since");
    assertThat(sql.rows("SELECT id FROM t WHERE ts >= TO_TIMESTAMP_LTZ(2000, 3)"))
        .containsExactly("+I[1]", "+I[3]");
  }

  @Test
  void aLimitEndsReadingEarly() throws Exception {
    List<LogRecord> records = new ArrayList<>();
    for (int id = 0; id < 10; id++) {
      records.add(json("{\"id\":" + id + "}", 0));
    }
    records.add(json("poison", 0));
    sql.withLog("limit", 1, log -> log.append(0, records));
    table("limit");
    assertThat(sql.plan("SELECT id FROM t LIMIT 3")).contains("limit=[3]");
    assertThat(sql.rows("SELECT id FROM t LIMIT 3")).hasSize(3);
    assertThatThrownBy(() -> sql.rows("SELECT id FROM t LIMIT 11")).isNotNull();
  }

  @Test
  void aLimitOfAnUpsertTableCountsRowsAndNotChanges() throws Exception {
    List<LogRecord> records = new ArrayList<>();
    for (int version = 0; version < 5; version++) {
      records.add(
          LogRecord.of(
              "{\"id\":1}".getBytes(UTF_8),
              ("{\"id\":1,\"n\":" + version + "}").getBytes(UTF_8),
              0));
    }
    records.add(
        LogRecord.of("{\"id\":2}".getBytes(UTF_8), "{\"id\":2,\"n\":9}".getBytes(UTF_8), 0));
    sql.withLog("upsert-limit", 1, log -> log.append(0, records));
    sql.table(
        "u",
        "id INT, n INT, PRIMARY KEY (id) NOT ENFORCED",
        "raftless-upsert",
        "log",
        "upsert-limit",
        "key.format",
        "json",
        "value.format",
        "json",
        "scan.bounded.mode",
        "latest");
    List<String> changes = sql.rows("SELECT id, n FROM u LIMIT 2");
    assertThat(changes).contains("+I[2, 9]");
  }
}
