package io.raftless.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A SQL job on a real cluster, whose only jar of ours is the SQL connector's. */
@Timeout(600)
final class KilledTaskManagerIT {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Patience FOR_THE_JOB = new Patience(Duration.ofMinutes(4));
  private static final int TASK_MANAGERS = 2;
  private static final int PARTITIONS = 3;
  private static final int ROWS = 240_000;
  private static final int ROWS_PER_SECOND = 8_000;

  /** A multiple of the parallelism, so that all numbers of a key come from one source subtask. */
  private static final int KEYS = 16;

  private static final int PARALLELISM = 4;

  @TempDir Path folder;

  @Test
  void theLibFolderHasOneJarOfOurs() throws IOException {
    try (Stream<Path> jars = Files.list(FlinkCluster.libFolder())) {
      assertThat(jars.map(jar -> jar.getFileName().toString()))
          .filteredOn(name -> !name.startsWith("flink-") || name.contains("raftless"))
          .noneMatch(name -> name.matches("(s3|sts|sdk-core|jackson-.*|zstd-jni|log-core)-.*"))
          .filteredOn(name -> name.contains("raftless"))
          .singleElement()
          .asString()
          .startsWith("flink-sql-connector-raftless-");
    }
  }

  @Test
  void everyRowIsThereOnceAndInOrderAfterATaskManagerWasKilled() throws Exception {
    try (EmbeddedS3Process s3 = EmbeddedS3Process.builder().maxHeap("384m").start();
        FlinkCluster cluster = FlinkCluster.start(folder, TASK_MANAGERS)) {
      try {
        run(cluster, s3);
      } catch (AssertionError | RuntimeException e) {
        e.addSuppressed(new IllegalStateException("what the cluster says" + cluster.logTails()));
        throw e;
      }
    }
  }

  private static void run(FlinkCluster cluster, EmbeddedS3Process s3) throws Exception {
    LogId id = LogId.of("", "numbers");
    try (ObjectStore store = settings(s3).open();
        RaftlessLog log = RaftlessLog.create(store, id, PARTITIONS)) {
      List<String> jobs = cluster.submit(sql(s3, id));
      assertThat(jobs).hasSize(1);
      String job = jobs.get(0);

      FOR_THE_JOB.await(
          "records of a checkpoint",
          () ->
              cluster.rest().completedCheckpoints(job) >= 1 && size(log) > 0
                  ? Optional.of(true)
                  : Optional.empty());
      cluster.killTaskManager();
      assertThat(size(log)).as("records when the task manager was killed").isLessThan(ROWS);
      assertThat(cluster.rest().jobState(job)).as("the job, then").isNotEqualTo("FINISHED");
      cluster.startTaskManager();

      FOR_THE_JOB.await(
          "the end of the job",
          () -> {
            String state = cluster.rest().jobState(job);
            assertThat(state).isNotIn("FAILED", "CANCELED", "SUSPENDED");
            return state.equals("FINISHED") ? Optional.of(true) : Optional.empty();
          });
      assertThat(cluster.rest().restores(job)).as("restores from a checkpoint").isPositive();
      assertThat(numbersByKey(log)).isEqualTo(expected());
    }
  }

  private static String sql(EmbeddedS3Process s3, LogId id) {
    return """
        SET 'execution.checkpointing.interval' = '1s';
        SET 'parallelism.default' = '%d';
        CREATE TABLE counting (number BIGINT) WITH (
          'connector' = 'datagen',
          'rows-per-second' = '%d',
          'number-of-rows' = '%d',
          'fields.number.kind' = 'sequence',
          'fields.number.start' = '0',
          'fields.number.end' = '%d'
        );
        CREATE TABLE numbers (k STRING, number BIGINT) WITH (
          'connector' = 'raftless',
          'bucket' = '%s',
          'log' = '%s',
          's3.endpoint' = '%s',
          's3.region' = '%s',
          's3.access-key-id' = '%s',
          's3.secret-access-key' = '%s',
          'key.format' = 'raw',
          'key.fields' = 'k',
          'value.format' = 'json',
          'sink.id' = 'numbers',
          'sink.delivery-guarantee' = 'exactly-once'
        );
        INSERT INTO numbers SELECT CAST(MOD(number, %d) AS STRING), number FROM counting;
        """
        .formatted(
            PARALLELISM,
            ROWS_PER_SECOND,
            ROWS,
            ROWS - 1,
            s3.bucket(),
            id.name(),
            s3.endpoint(),
            s3.region(),
            s3.accessKeyId(),
            s3.secretAccessKey(),
            KEYS);
  }

  private static S3Settings settings(EmbeddedS3Process s3) {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .region(s3.region())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build();
  }

  private static long size(RaftlessLog log) {
    long size = 0;
    for (int partition = 0; partition < PARTITIONS; partition++) {
      size += log.status(partition).join().nextOffset();
    }
    return size;
  }

  private static Map<String, List<Long>> expected() {
    Map<String, List<Long>> expected = new TreeMap<>();
    for (int key = 0; key < KEYS; key++) {
      int first = key;
      expected.put(
          Integer.toString(key),
          LongStream.iterate(first, number -> number < ROWS, number -> number + KEYS)
              .boxed()
              .toList());
    }
    return expected;
  }

  /** The numbers of each key, in the order of the partition that the key is in. */
  private static Map<String, List<Long>> numbersByKey(RaftlessLog log) throws InterruptedException {
    Map<String, List<Long>> numbers = new TreeMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      long end = log.status(partition).join().nextOffset();
      try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
        reader.assign(partition, 0);
        for (long read = 0; read < end; ) {
          ReadBatch batch =
              reader.poll(PATIENCE).orElseThrow(() -> new AssertionError("nothing to read"));
          for (LogRecord record : batch.records()) {
            String key = new String(Objects.requireNonNull(record.key()), UTF_8);
            JsonNode value = JSON.readTree(Objects.requireNonNull(record.value()));
            assertThat(value.path("k").asString()).isEqualTo(key);
            numbers
                .computeIfAbsent(key, absent -> new ArrayList<>())
                .add(value.path("number").asLong());
          }
          read = batch.nextOffset();
        }
      }
    }
    return numbers;
  }
}
