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
import java.util.Map;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Logs as the tables of a catalog. */
final class RaftlessCatalogTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  private EmbeddedS3 s3;

  @TempDir Path checkpoints;

  private SqlSession sql;

  private final List<SqlSession> sessions = new ArrayList<>();

  @BeforeEach
  void start() {
    s3 = EmbeddedS3.inMemory();
    sql = SqlSession.streaming(s3, checkpoints);
  }

  @AfterEach
  void stop() {
    sessions.forEach(SqlSession::closeCatalog);
    s3.close();
  }

  private void catalog(SqlSession session, String... more) {
    Map<String, String> options = SqlSession.options("type", "raftless");
    options.putAll(session.storeOptions());
    options.putAll(SqlSession.options(more));
    sessions.add(session);
    session.execute("CREATE CATALOG logs WITH (" + SqlSession.with(options) + ")");
    session.execute("USE CATALOG logs");
  }

  @Test
  void aLogThatNobodyHasDescribedIsATableOfBytes() throws Exception {
    sql.withLog(
        "events",
        2,
        log -> log.append(1, List.of(LogRecord.of("k".getBytes(UTF_8), "v".getBytes(UTF_8), 1))));
    catalog(sql);
    assertThat(sql.rows("SHOW TABLES")).containsExactly("+I[events]");
    assertThat(
            sql.rows(
                "SELECT CAST(`key` AS STRING), CAST(`value` AS STRING), `partition`, `offset`"
                    + " FROM events /*+ OPTIONS('scan.bounded.mode' = 'latest') */"))
        .containsExactly("+I[k, v, 1, 0]");
    assertThat(String.join("", sql.rows("SHOW CREATE TABLE events")))
        .contains("'bucket'")
        .doesNotContain(sql.secret())
        .doesNotContain("s3.secret-access-key");
  }

  @Test
  void createTableMakesALogThatOtherSessionsFindWithItsColumns() throws Exception {
    catalog(sql, "format", "json");
    sql.execute("CREATE TABLE orders (id INT, name STRING) WITH ('partitions' = '3')");
    sql.withLog("orders", 1, log -> assertThat(log.log().partitions()).isEqualTo(3));
    sql.insert("INSERT INTO orders /*+ OPTIONS('sink.id' = 'x') */ VALUES (1, 'a')");

    SqlSession other = SqlSession.batch(s3);
    catalog(other);
    assertThat(other.rows("SELECT * FROM orders")).containsExactly("+I[1, a]");
    assertThatThrownBy(() -> other.execute("CREATE TABLE orders (id INT)"))
        .hasStackTraceContaining("already exists");
    other.execute("CREATE TABLE IF NOT EXISTS orders (id INT)");
    other.execute("ALTER TABLE orders ADD (total INT)");
    assertThat(sql.rows("DESCRIBE orders")).hasSize(3);
    sql.withLog("orders", 1, log -> log.log().vacuum().join());
    assertThat(sql.rows("DESCRIBE orders")).hasSize(3);
  }

  @Test
  void aLogIsDeletedOnlyIfTheCatalogMayAndIsAnotherTableWhenItIsCreatedAnew() throws Exception {
    catalog(sql);
    sql.execute("CREATE TABLE t (id INT) WITH ('format' = 'json')");
    assertThatThrownBy(() -> sql.execute("DROP TABLE t"))
        .hasStackTraceContaining("'allow-drop' = 'true'");
    assertThat(sql.rows("SHOW TABLES")).containsExactly("+I[t]");

    SqlSession other = SqlSession.streaming(s3, checkpoints);
    catalog(other, "allow-drop", "true");
    other.execute("DROP TABLE t");
    assertThat(other.rows("SHOW TABLES")).isEmpty();
    other.withLog("t", 1, log -> {});
    assertThat(String.join(" ", other.rows("DESCRIBE t"))).contains("headers");
  }

  @Test
  void whatIsNoLogIsRefused() {
    catalog(sql);
    assertThatThrownBy(() -> sql.execute("CREATE DATABASE d"))
        .hasStackTraceContaining("Create another catalog for another prefix");
    assertThatThrownBy(() -> sql.execute("CREATE TABLE t (id INT) WITH ('connector' = 'print')"))
        .hasStackTraceContaining("choose 'raftless' or 'raftless-upsert'");
    assertThatThrownBy(
            () -> sql.execute("CREATE TABLE t (id INT) WITH ('s3.secret-access-key' = 'abc')"))
        .hasStackTraceContaining("does not belong to a table of catalog logs");
    assertThatThrownBy(() -> sql.execute("CREATE VIEW v AS SELECT 1 AS x"))
        .hasStackTraceContaining("holds logs only");
  }
}
