package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.sink.RaftlessSinkBuilder;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.log.WriterOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.connector.base.DeliveryGuarantee;

/** One log and the jobs that write it, and what must be true of the log at the end. */
final class Scenario implements AutoCloseable {
  static final int PARTITIONS = 3;
  static final int KEYS = 7;
  static final int PER_CHECKPOINT = 100;
  static final String SINK_ID = "numbers";

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final FailureCluster.Running cluster;
  private final LogId id;
  private final ObjectStore store;
  private final TestLog log;
  private final List<SinkJob> jobs = new ArrayList<>();

  Scenario(FailureCluster.Running cluster) {
    this.cluster = cluster;
    this.id = LogId.of("scenario-" + COUNT.incrementAndGet(), "log");
    this.store = cluster.store().open();
    this.log = TestLog.of(store, id, PARTITIONS);
  }

  /** Place in the input of an element such as k3/17. */
  static long index(String element) {
    int slash = element.indexOf('/');
    return Long.parseLong(element.substring(slash + 1)) * KEYS
        + Long.parseLong(element.substring(1, slash));
  }

  FailureCluster.Running cluster() {
    return cluster;
  }

  /** For what outlives all jobs. */
  ObjectStore store() {
    return store;
  }

  TestLog log() {
    return log;
  }

  /** Where jobs keep checkpoints and savepoints. */
  Path folder() {
    return cluster.folder().resolve(id.prefix());
  }

  /** The last checkpoint that any job completed, and retained. */
  String latestCheckpoint() throws IOException {
    return latestCheckpoint(folder().resolve("checkpoints"));
  }

  /** Whether a job completed a checkpoint. */
  boolean hasCheckpoint(SinkJob job) throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints(job))) {
      return files.anyMatch(file -> file.endsWith("_metadata"));
    }
  }

  /** The last checkpoint of a job. */
  String latestCheckpoint(SinkJob job) throws IOException {
    return latestCheckpoint(checkpoints(job));
  }

  private Path checkpoints(SinkJob job) {
    return folder().resolve("checkpoints").resolve(job.id().toHexString());
  }

  private static String latestCheckpoint(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(directory -> Files.exists(directory.resolve("_metadata")))
          .max(Comparator.comparingLong(Scenario::checkpointId))
          .map(directory -> directory.toUri().toString())
          .orElseThrow(() -> new AssertionError("no checkpoint was retained"));
    }
  }

  private static long checkpointId(Path directory) {
    return Long.parseLong(directory.getFileName().toString().substring("chk-".length()));
  }

  /** A script in which the failures happen, in any order, each once. */
  Script script(Failure... failures) {
    return Script.of(store, List.of(failures));
  }

  private RaftlessSinkBuilder<String> anySink(Script script) {
    return RaftlessSink.<String>builder()
        .setStore(new ScriptedStoreFactory(cluster.store(), script.name()))
        .setLog(id)
        .setSerializer(new Numbered.Serializer())
        .setCommitTimeout(Duration.ofSeconds(10));
  }

  /** A sink that writes at least once, and appends in small groups. */
  RaftlessSinkBuilder<String> directSink(Script script) {
    return anySink(script)
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setWriterOptions(
            WriterOptions.defaults()
                .withObjectBytes(1 << 10)
                .withLingerMillis(5)
                // Uploads are among the steps that fail.
                .withInlineBytes(0)
                .withCompression(Compression.NONE));
  }

  /** The sink of one submission, as a user would build it. */
  RaftlessSinkBuilder<String> sink(Script script) {
    return anySink(script)
        .setSinkId(SINK_ID)
        // Small objects: a checkpoint has several of each writer, whose order matters.
        .setStagerOptions(new StagerOptions(1 << 10, 1 << 20, 2, Compression.NONE));
  }

  /** A job that this scenario ends, if it does not end by itself. */
  SinkJob job(String name, Script script) {
    SinkJob job = new SinkJob(this, name, script);
    jobs.add(job);
    return job;
  }

  /** What is in the log, with the stamps of the attempts that wrote it. */
  List<String> stamped() throws InterruptedException {
    return log.elements();
  }

  private static String unstamped(String element) {
    return element.substring(0, element.indexOf('@'));
  }

  /** Whether a job (in any of its attempts) handed an element of the log to its writers. */
  static boolean isOf(String job, String stamped) {
    return stamped.startsWith(job + ".", stamped.indexOf('@') + 1);
  }

  /** What a job wrote into the log, without stamps, in order of each partition. */
  List<String> writtenBy(String job) throws InterruptedException {
    return stamped().stream()
        .filter(element -> isOf(job, element))
        .map(Scenario::unstamped)
        .toList();
  }

  /** The log is what a run without any failure would have written. */
  void assertExactlyOnce(long total) throws InterruptedException {
    assertIntact();
    Numbered.assertExactlyOnce(stamped().stream().map(Scenario::unstamped).toList(), KEYS, total);
  }

  /**
   * Every element of a run without any failure is there, and what one attempt wrote is in order of
   * each key, once and without a gap: only a new attempt repeats.
   */
  void assertAtLeastOnce(long total) throws InterruptedException {
    assertIntact();
    List<String> stamped = stamped();
    assertThat(stamped.stream().map(Scenario::unstamped).collect(Collectors.toSet()))
        .as("what is there")
        .isEqualTo(
            LongStream.range(0, total).mapToObj(Scenario::element).collect(Collectors.toSet()));
    Map<String, List<String>> byAttempt =
        stamped.stream()
            .collect(
                Collectors.groupingBy(
                    element -> Numbered.key(element) + element.substring(element.indexOf('@')),
                    TreeMap::new,
                    Collectors.toList()));
    byAttempt.forEach(
        (attempt, elements) -> {
          List<Long> indexes = elements.stream().map(element -> index(unstamped(element))).toList();
          assertThat(indexes)
              .as("what attempt %s wrote", attempt)
              .isEqualTo(
                  LongStream.range(0, indexes.size())
                      .mapToObj(place -> indexes.get(0) + KEYS * place)
                      .toList());
        });
  }

  /**
   * What a job wrote are the elements {@code first} to {@code end - 1} of the input, each once, in
   * order of each key.
   */
  void assertWritten(String job, long first, long end) throws InterruptedException {
    assertThat(byKey(writtenBy(job)))
        .as("what job %s wrote", job)
        .isEqualTo(byKey(LongStream.range(first, end).mapToObj(Scenario::element).toList()));
  }

  /**
   * A job wrote the elements before {@code end}, each once, in order of each key; and maybe the
   * next ones of a key, without a gap.
   */
  void assertSurvives(String job, long end) throws InterruptedException {
    assertUnbroken(job);
    assertThat(byKey(writtenBy(job).stream().filter(element -> index(element) < end).toList()))
        .as("what job %s wrote before %s", job, end)
        .isEqualTo(byKey(LongStream.range(0, end).mapToObj(Scenario::element).toList()));
  }

  private static String element(long index) {
    return Numbered.element(index, KEYS);
  }

  private static Map<String, List<String>> byKey(List<String> elements) {
    return elements.stream()
        .collect(Collectors.groupingBy(Numbered::key, TreeMap::new, Collectors.toList()));
  }

  /** What a job wrote are the first elements of each key, each once, in order. */
  void assertUnbroken(String job) throws InterruptedException {
    Numbered.assertUnbroken(writtenBy(job));
  }

  /** The same of a job that may have been stopped before it wrote anything. */
  void assertUnbrokenOrNothing(String job) throws InterruptedException {
    List<String> written = writtenBy(job);
    if (!written.isEmpty()) {
      Numbered.assertUnbroken(written);
    }
  }

  /** Nothing is damaged, and no batch is in a partition twice. */
  void assertIntact() {
    assertThat(log.log().verify(VerifyOptions.full()).findings()).isEmpty();
  }

  @Override
  public void close() {
    try {
      jobs.forEach(SinkJob::end);
    } finally {
      log.close();
      store.close();
    }
  }
}
