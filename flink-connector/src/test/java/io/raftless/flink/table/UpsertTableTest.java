package io.raftless.flink.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.flink.testing.Jobs;
import io.raftless.format.LogRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tables of connector {@code raftless-upsert}: keys, versions and tombstones. */
final class UpsertTableTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  private static EmbeddedS3 s3;

  @TempDir Path checkpoints;

  @BeforeAll
  static void startStore() {
    s3 = EmbeddedS3.inMemory();
  }

  @AfterAll
  static void stopStore() {
    s3.close();
  }

  @Test
  void updatesAndDeletesOfAQueryAreReadBackAsItsFinalState() throws Exception {
    SqlSession sql = SqlSession.streaming(s3, checkpoints);
    sql.withLog(
        "orders",
        1,
        log -> {
          List<LogRecord> orders = new ArrayList<>();
          orders.add(order("a", 1));
          orders.add(order("b", 5));
          orders.add(order("a", 2));
          orders.add(order("b", -5));
          orders.add(order("c", 7));
          log.append(0, orders);
        });
    sql.table(
        "orders",
        "item STRING, amount INT",
        "raftless",
        "log",
        "orders",
        "format",
        "json",
        "scan.bounded.mode",
        "latest");
    sql.table(
        "totals",
        "item STRING, total INT, PRIMARY KEY (item) NOT ENFORCED",
        "raftless-upsert",
        "log",
        "totals",
        "key.format",
        "json",
        "value.format",
        "json",
        "value.fields-include",
        "EXCEPT_KEY",
        "scan.bounded.mode",
        "latest",
        "sink.id",
        "totals",
        "sink.create-partitions",
        "3");
    sql.insert(
        "INSERT INTO totals SELECT item, SUM(amount) FROM orders GROUP BY item"
            + " HAVING SUM(amount) > 0");

    List<String> tombstones = new ArrayList<>();
    sql.withLog(
        "totals",
        3,
        log -> {
          for (int partition = 0; partition < 3; partition++) {
            for (LogRecord record : log.records(partition)) {
              if (record.value() == null) {
                tombstones.add(new String(Objects.requireNonNull(record.key()), UTF_8));
              }
            }
          }
        });
    // Behind a condition Flink sends the version before as well, since the one after may not come.
    assertThat(tombstones).contains("{\"item\":\"b\"}").doesNotContain("{\"item\":\"c\"}");
    assertThat(finalState(sql.rows("SELECT item, total FROM totals")))
        .containsExactlyInAnyOrder("[a, 3]", "[c, 7]");
    assertThat(sql.plan("SELECT item, total FROM totals")).contains("ChangelogNormalize");
  }

  private static LogRecord order(String item, int amount) {
    return LogRecord.of(
        null, ("{\"item\":\"" + item + "\",\"amount\":" + amount + "}").getBytes(UTF_8), 0);
  }

  /** What is left of a stream of changes. */
  private static List<String> finalState(List<String> changes) {
    List<String> rows = new ArrayList<>();
    for (String change : changes) {
      String row = change.substring(2);
      if (change.startsWith("+")) {
        rows.add(row);
      } else {
        assertThat(rows.remove(row)).as(change).isTrue();
      }
    }
    return rows;
  }
}
