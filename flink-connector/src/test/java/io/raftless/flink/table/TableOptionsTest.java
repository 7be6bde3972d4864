package io.raftless.flink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with options is said before a job starts, and says what to do. */
final class TableOptionsTest {
  private static final String COLUMNS = "id BIGINT, name STRING";
  private static final String KEYED = COLUMNS + ", PRIMARY KEY (id) NOT ENFORCED";
  private static final String SECRET = "never-to-be-seen";

  private final TableEnvironment env =
      TableEnvironment.create(EnvironmentSettings.inStreamingMode());

  /** Usual options, with some more; an empty value takes one away. */
  private static Map<String, String> options(String connector, String... more) {
    Map<String, String> options =
        SqlSession.options(
            "connector", connector, "bucket", "some-bucket", "log", "orders", "format", "json");
    if (connector.equals("raftless-upsert")) {
      options.put("key.format", "json");
    }
    options.putAll(SqlSession.options(more));
    options.values().removeIf(String::isEmpty);
    return options;
  }

  private static Arguments wrong(String message, String... more) {
    return Arguments.of(COLUMNS, options("raftless", more), message);
  }

  private static Arguments wrongUpsert(String columns, String message, String... more) {
    return Arguments.of(columns, options("raftless-upsert", more), message);
  }

  private static Stream<Arguments> wrongSources() {
    return Stream.of(
        wrong("Missing required options are:\n\nbucket", "bucket", ""),
        wrong("Option 'log' is missing: name one or more logs", "log", ""),
        wrong("Option 'log-pattern' is 'o.*': set either this or 'log'", "log-pattern", "o.*"),
        wrong("it is not a regular expression", "log", "", "log-pattern", "o("),
        wrong("Option 'log' is 'a;a': 'a' is named twice", "log", "a;a"),
        wrong("Option 'log': log name '-a'", "log", "-a"),
        wrong("Option 'prefix': key prefix '/a/'", "prefix", "/a/"),
        wrong("Option 'bucket': s3 bucket: 's3://x'", "bucket", "s3://x"),
        wrong("Option 's3.endpoint': s3 endpoint: 'here'", "s3.endpoint", "here"),
        wrong("Option 's3.secret-access-key' is missing", "s3.access-key-id", "key"),
        wrong("Option 's3.access-key-id' is missing", "s3.secret-access-key", SECRET),
        wrong("'s3.role-session-name' is set without 's3.role-arn'", "s3.role-session-name", "abc"),
        wrong("Option 's3.kms-key-id' is 'k': set 's3.encryption' = 'kms'", "s3.kms-key-id", "k"),
        wrong("Option 'format' is missing: name the format of the values", "format", ""),
        wrong("Option 'format' is 'json': 'value.format' is set as well", "value.format", "json"),
        wrong("Option 'key.fields' is missing: 'key.format' needs", "key.format", "json"),
        wrong("Option 'key.format' is missing: 'key.fields' = 'id'", "key.fields", "id"),
        wrong(
            "the table has no physical column 'no'; it has [id, name]",
            "key.format",
            "json",
            "key.fields",
            "no"),
        wrong(
            "Option 'key.fields-prefix' is 'k_': set 'value.fields-include' = 'EXCEPT_KEY'",
            "key.fields-prefix",
            "k_"),
        wrong(
            "Option 'scan.startup.timestamp-millis' is missing", "scan.startup.mode", "timestamp"),
        wrong(
            "'5': it has no effect unless 'scan.startup.mode' is 'timestamp'",
            "scan.startup.timestamp-millis",
            "5"),
        wrong(
            "Option 'scan.startup.specific-offsets' is '0:42': write it as",
            "scan.startup.mode",
            "specific-offsets",
            "scan.startup.specific-offsets",
            "0:42"),
        wrong(
            "offsets fit one log only",
            "log",
            "a;b",
            "scan.bounded.mode",
            "specific-offsets",
            "scan.bounded.specific-offsets",
            "partition:0,offset:1"),
        wrong("Option 'group' is missing", "scan.startup.mode", "group-offsets"),
        wrong("Option 'group' is missing", "group.commit-on-checkpoint", "true"),
        wrong("'4': an unbounded source", "scan.ranges-per-partition", "4"),
        wrong("no-such-option", "no-such-option", "1"),
        Arguments.of(KEYED, options("raftless"), "or use connector 'raftless-upsert'"),
        wrongUpsert(COLUMNS, "declare PRIMARY KEY (...) NOT ENFORCED"),
        wrongUpsert(KEYED, "Option 'key.format' is missing", "key.format", ""),
        wrongUpsert(KEYED, "names a format of changelogs", "format", "debezium-json"));
  }

  private static Stream<Arguments> wrongSinks() {
    return Stream.of(
        wrong("Option 'sink.id' is missing, but 'sink.delivery-guarantee' is 'exactly-once'"),
        wrongUpsert(KEYED, "Option 'sink.id' is missing"),
        wrong(
            "only exactly-once keeps older runs of a job from writing",
            "sink.id",
            "mine",
            "sink.delivery-guarantee",
            "at-least-once"),
        wrong("Option 'log' is 'a;b': a table that is written is one log", "log", "a;b"),
        wrong("Option 'sink.partitioner' is 'no.Such'", "sink.partitioner", "no.Such"),
        wrong("'java.lang.String': choose key", "sink.partitioner", "java.lang.String"),
        wrong("'0': choose 1 to 10000", "sink.create-partitions", "0"),
        wrong("Option 'sink.object-size': ", "sink.id", "x", "sink.object-size", "5 b"));
  }

  @ParameterizedTest
  @MethodSource("wrongSources")
  void aTableThatCannotBeReadIsRefusedBeforeTheJobStarts(
      String columns, Map<String, String> options, String message) {
    create(columns, options);
    Throwable thrown = catchThrowable(() -> env.explainSql("SELECT * FROM t"));
    assertThat(thrown).as("nothing was refused").isNotNull();
    assertThat(ExceptionUtils.stringifyException(thrown)).contains(message).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @MethodSource("wrongSinks")
  void aTableThatCannotBeWrittenIsRefusedBeforeTheJobStarts(
      String columns, Map<String, String> options, String message) {
    create(columns, options);
    Throwable thrown = catchThrowable(() -> env.explainSql("INSERT INTO t VALUES (1, 'a')"));
    assertThat(thrown).as("nothing was refused").isNotNull();
    assertThat(ExceptionUtils.stringifyException(thrown)).contains(message);
  }

  @Test
  void allOptionsOfASourceAreTaken() {
    create(
        COLUMNS,
        options(
            "raftless",
            "prefix",
            "a/b",
            "s3.endpoint",
            "http://127.0.0.1:1",
            "s3.region",
            "eu-central-1",
            "s3.path-style",
            "true",
            "s3.access-key-id",
            "id",
            "s3.secret-access-key",
            SECRET,
            "s3.session-token",
            SECRET,
            "s3.role-arn",
            "arn:aws:iam::111122223333:role/reader",
            "s3.role-session-name",
            "reader",
            "s3.role-external-id",
            SECRET,
            "s3.encryption",
            "kms",
            "s3.kms-key-id",
            "key",
            "s3.checksum-mode",
            "when_supported",
            "s3.etag-style",
            "quoted",
            "s3.request-timeout",
            "10 s",
            "s3.max-connections",
            "8",
            "s3.probe-prefix",
            "a/",
            "key.format",
            "json",
            "key.fields",
            "id",
            "value.fields-include",
            "EXCEPT_KEY",
            "scan.startup.mode",
            "group-offsets",
            "scan.startup.group-fallback",
            "timestamp",
            "scan.startup.timestamp-millis",
            "1000",
            "scan.bounded.mode",
            "specific-offsets",
            "scan.bounded.specific-offsets",
            "partition:0,offset:10; partition:1,offset:20;",
            "scan.discovery-interval",
            "10 s",
            "scan.on-removed",
            "ignore",
            "scan.on-trimmed",
            "earliest",
            "scan.on-poison",
            "skip",
            "scan.ranges-per-partition",
            "3",
            "scan.parallelism",
            "2",
            "group",
            "g",
            "group.commit-on-checkpoint",
            "false"));
    assertThat(env.explainSql("SELECT * FROM t")).contains("TableSourceScan");
  }

  private void create(String columns, Map<String, String> options) {
    env.executeSql("CREATE TABLE t (" + columns + ") WITH (" + SqlSession.with(options) + ")");
  }
}
