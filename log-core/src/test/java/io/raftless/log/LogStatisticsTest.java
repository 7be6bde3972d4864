package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.runtime.LogRuntime;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.StoreFactory;
import io.raftless.store.s3.S3Settings;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogStatisticsTest {
  private static final LogId ID = LogId.of("", "log");
  private static final String HEAD = "/0/head";
  private static final LogStatistics NOTHING = new LogStatistics(0, 0, 0, 0);

  private final FaultyObjectStore faulty = new FaultyObjectStore(new MemoryObjectStore());
  private final GatedStore gated = new GatedStore(faulty);
  private final RaftlessLog log = RaftlessLog.create(gated, ID, 1);

  @AfterEach
  void close() {
    gated.open();
    log.close();
  }

  private static void append(RaftlessLog log, String text) throws InterruptedException {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      writer.append(0, record(text)).join();
    }
  }

  @Test
  void appendsThatNothingStandsInTheWayOfCountNothing() throws Exception {
    append(log, "a");
    append(log, "b");
    assertThat(log.statistics()).isEqualTo(NOTHING);
  }

  @Test
  void aConditionalWriteThatLostIsAConflictOfTheHandleThatMadeIt() throws Exception {
    try (RaftlessLog other = RaftlessLog.open(gated, ID)) {
      append(log, "a");
      append(other, "b");
      append(log, "c");
      assertThat(log.statistics()).isEqualTo(new LogStatistics(1, 0, 0, 0));
      assertThat(other.statistics()).isEqualTo(NOTHING);
    }
  }

  @Test
  void aLostResponseOfWhichTheOutcomeIsFoundOutIsResolved() throws Exception {
    faulty.next(HEAD, Fault.RESPONSE_LOST);
    append(log, "a");
    assertThat(log.statistics()).isEqualTo(new LogStatistics(0, 1, 0, 0));
  }

  @Test
  void anAppendOfWhichNobodyCanTellIsLeftUnknown() throws Exception {
    LogOptions hasty = LogOptions.defaults().withCommitTimeout(Duration.ofSeconds(1));
    try (RaftlessLog other = RaftlessLog.open(gated, ID, hasty, LogRuntime.start())) {
      for (int attempt = 0; attempt < 1_000; attempt++) {
        faulty.next(HEAD, Fault.LANDS_LATE);
      }
      assertThatThrownBy(() -> append(other, "a"))
          .hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      assertThat(other.statistics()).isEqualTo(new LogStatistics(0, 0, 1, 0));
    }
  }

  @Test
  void uploadsAreInFlightUntilTheStoreHasAnswered() throws Exception {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      gated.hold();
      CompletableFuture<Long> offset = writer.append(0, record("a"));
      gated.await(1);
      assertThat(log.statistics().uploadsInFlight()).isEqualTo(1);
      gated.open();
      offset.join();
      assertThat(log.statistics()).isEqualTo(NOTHING);
    }
  }

  @Test
  void theLocationOfAStoreIsItsBucketBehindHostAndPort() {
    StoreFactory nowhere = MemoryObjectStore::new;
    assertThat(nowhere.location()).isEmpty();
    S3Settings.Builder settings = S3Settings.builder("quakes");
    assertThat(settings.build().location()).hasValue("quakes");
    settings.endpoint(URI.create("http://localhost:9000"));
    assertThat(settings.build().location()).hasValue("localhost:9000/quakes");
  }
}
