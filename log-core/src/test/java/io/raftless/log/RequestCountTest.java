package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import io.raftless.store.s3.S3Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guarantee 8 of the design: what an operation costs, in requests. They are our users' bill. */
@Timeout(60)
class RequestCountTest {
  private final CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore());

  private interface Work {
    void run() throws Exception;
  }

  private RequestCounts countOf(Work work) throws Exception {
    RequestCounts before = store.counts();
    work.run();
    return store.counts().since(before);
  }

  @Test
  void anUncontendedCommitIsTwoPutsNoGetAndNoList() throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
      for (int i = 0; i < 20; i++) {
        RequestCounts counts = countOf(() -> writer.append(0, record("x")).join());
        assertThat(counts.puts()).isEqualTo(2);
        assertThat(counts.total()).isEqualTo(2);
      }
    }
  }

  @Test
  void aCommitOfEverythingQueuedIsTwoPutsHoweverManyRecords() throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogWriter writer =
            log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(60_000))) {
      RequestCounts counts =
          countOf(
              () -> {
                List<CompletableFuture<Long>> all = new ArrayList<>();
                for (int i = 0; i < 10_000; i++) {
                  all.add(writer.append(0, record("record " + i)));
                }
                writer.flush().join();
                all.forEach(CompletableFuture::join);
              });
      assertThat(counts.total()).isEqualTo(2);
    }
  }

  @Test
  void aWalObjectOfSeveralPartitionsIsOnePutAndOneHeadEach() throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 4);
        LogWriter writer =
            log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(60_000))) {
      RequestCounts counts =
          countOf(
              () -> {
                for (int i = 0; i < 100; i++) {
                  var unused = writer.append(i % 4, record("x"));
                }
                writer.flush().join();
              });
      assertThat(counts.puts()).isEqualTo(1 + 4);
      assertThat(counts.total()).isEqualTo(1 + 4);
    }
  }

  @Test
  void aTwoPhaseCommitIsTwoPutsToo() throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        Stager stager = log.newStager(StagerOptions.defaults())) {
      WriterClaim claim = log.acquire("sink", "holder").join().get(0);
      for (int i = 0; i < 20; i++) {
        RequestCounts counts =
            countOf(
                () -> {
                  stager.add(0, record("x"));
                  List<StagedBatch> staged = stager.stage().join().get(0);
                  log.commit(0, staged, claim, null).join();
                });
        assertThat(counts.puts()).isEqualTo(2);
        assertThat(counts.total()).isEqualTo(2);
      }
    }
  }

  @Test
  void aThousandCommitsWriteOneIndexNodePerFewDozen() throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogWriter writer =
            log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      RequestCounts counts =
          countOf(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  writer.append(0, record("x")).join();
                }
              });
      assertThat(counts.puts()).isBetween(2_000L, 2_000L + 1_000 / 30);
      assertThat(counts.total()).isEqualTo(counts.puts());
    }
  }

  @Test
  void aTailPollOfAnIdlePartitionIsOneConditionalGet() throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      RequestCounts counts =
          countOf(() -> assertThat(reader.poll(Duration.ofMillis(300))).isEmpty());
      assertThat(counts.conditionalGets()).isBetween(1L, 16L);
      assertThat(counts.total()).isEqualTo(counts.conditionalGets());
      assertThat(counts.notModified()).isEqualTo(counts.conditionalGets());
    }
  }

  @Test
  void aCompactionIsOneGetPerBatchTwoPutsPerSegmentAndOneForTheHead() throws Exception {
    // A GiB in batches of 8 MiB, into segments of 128 MiB, at a scale of 1 to 4,096.
    int batches = 128;
    CompactionOptions scaled =
        new CompactionOptions(
            32 << 10, SegmentSettings.DEFAULT, 1, 1, Duration.ZERO, true, 100_000, 16);
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogWriter writer =
            log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      byte[] value = new byte[2_000];
      for (int i = 0; i < batches; i++) {
        new Random(i).nextBytes(value);
        writer.append(0, LogRecord.of(null, value, 0)).join();
      }
      RequestCounts counts =
          countOf(
              () -> {
                CompactionReport report = log.compact(0, scaled);
                assertThat(report.segments()).isEqualTo(8 + 1);
                assertThat(report.reads()).isEqualTo(batches);
                assertThat(report.writes()).isEqualTo(2L * report.segments());
              });
      assertThat(counts.gets()).isEqualTo(batches);
      assertThat(counts.puts()).isEqualTo(2 * 9 + 1);
      assertThat(counts.conditionalGets()).isEqualTo(2);
      assertThat(counts.total()).isEqualTo(batches + 19 + 2);
      // Nothing is due: one look at the head.
      assertThat(countOf(() -> log.compact(0, scaled)).total()).isEqualTo(1);
    }
  }

  @Test
  void aRealServerCountsTheSame() throws Exception {
    try (EmbeddedS3 server = EmbeddedS3.inMemory();
        ObjectStore s3 = settings(server).open();
        RaftlessLog log = RaftlessLog.create(s3, LogId.of("", "log"), 1);
        LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
      server.resetRequests();
      for (int i = 0; i < 10; i++) {
        writer.append(0, record("x")).join();
      }
      assertThat(server.requests().put()).isEqualTo(20);
      assertThat(server.requests().total()).isEqualTo(20);
    }
  }

  private static S3Settings settings(EmbeddedS3 server) {
    return S3Settings.builder(server.bucket())
        .endpoint(server.endpoint())
        .region(server.region())
        .pathStyle(true)
        .credentials(server.accessKeyId(), server.secretAccessKey())
        .build();
  }
}
