package io.raftless.flink.sink;

import static io.raftless.flink.sink.FakeContext.WITHOUT_TIMESTAMP;
import static org.apache.flink.connector.base.DeliveryGuarantee.AT_LEAST_ONCE;
import static org.apache.flink.connector.base.DeliveryGuarantee.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.flink.testing.GatedStore;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.log.WriterOptions;
import io.raftless.store.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkWriterMetricGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WriteThroughWriterTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** With uploads, which the store can hold up. */
  private static final WriterOptions AT_ONCE =
      WriterOptions.defaults().withLingerMillis(0).withInlineBytes(0);

  /** Nothing is uploaded unless somebody flushes. */
  private static final WriterOptions LAZY = WriterOptions.defaults().withLingerMillis(3_600_000);

  private final FaultyStore faulty = new FaultyStore();
  private final GatedStore gated = new GatedStore();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final SinkWriterMetricGroup metrics =
      InternalSinkWriterMetricGroup.wrap(UnregisteredMetricsGroup.createOperatorMetricGroup());

  @AfterEach
  void close() throws Exception {
    gated.open();
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  @Test
  void atLeastOnceACheckpointEndsWhenAllRecordsBeforeItAreInTheLog() throws Exception {
    TestLog log = log(faulty);
    WriteThroughWriter<String> writer = writer(faulty, AT_LEAST_ONCE, LAZY);
    for (int i = 0; i < 100; i++) {
      writer.write("a/" + i, WITHOUT_TIMESTAMP);
    }
    assertThat(log.size()).isZero();
    writer.flush(false);
    Numbered.assertExactlyOnce(rename(log.elements()), 1, 100);
  }

  @Test
  void atLeastOnceACheckpointWaitsForTheStore() throws Exception {
    TestLog log = log(gated);
    WriteThroughWriter<String> writer = writer(gated, AT_LEAST_ONCE, AT_ONCE);
    gated.shut();
    writer.write("a/0", WITHOUT_TIMESTAMP);
    CompletableFuture<Void> flushed = CompletableFuture.runAsync(() -> flush(writer, false));
    awaitHeld();
    assertThat(flushed).isNotDone();
    gated.open();
    flushed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void withoutAGuaranteeACheckpointWaitsForNothingAndTheEndOfTheInputForEverything()
      throws Exception {
    TestLog log = log(gated);
    WriteThroughWriter<String> writer = writer(gated, NONE, AT_ONCE);
    gated.shut();
    writer.write("a/0", WITHOUT_TIMESTAMP);
    awaitHeld();
    writer.flush(false);
    assertThat(log.size()).isZero();

    CompletableFuture<Void> flushed = CompletableFuture.runAsync(() -> flush(writer, true));
    gated.open();
    flushed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void atLeastOnceAnAppendThatFailedInTheBackgroundFailsTheNextWrite() throws Exception {
    TestLog log = log(faulty);
    WriteThroughWriter<String> writer = writer(faulty, AT_LEAST_ONCE, AT_ONCE);
    faulty.follow(key -> Answer.REFUSED);
    writer.write("a/0", WITHOUT_TIMESTAMP);
    IOException failure = awaitFailure(writer);
    assertThat(failure)
        .isNotInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("log log")
        .hasMessageContaining("writes them again")
        .hasStackTraceContaining("refused by the test");
    assertThat(metrics.getNumRecordsSendErrorsCounter().getCount()).isPositive();
    assertThat(log.size()).isZero();
  }

  @Test
  void atLeastOnceAnAppendThatFailedInTheBackgroundFailsTheCheckpoint() throws Exception {
    WriteThroughWriter<String> writer = writer(faulty, AT_LEAST_ONCE, LAZY);
    faulty.follow(key -> Answer.REFUSED);
    writer.write("a/0", WITHOUT_TIMESTAMP);
    assertThatThrownBy(() -> writer.flush(false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("writes them again");
    // The task is not to go on as if nothing had happened.
    faulty.heal();
    assertThatThrownBy(() -> writer.flush(true)).isInstanceOf(IOException.class);
  }

  @Test
  void whatIsWrittenAfterAFailureInTheSamePartitionIsNotInTheLogEither() throws Exception {
    TestLog log = log(faulty);
    WriteThroughWriter<String> writer = writer(faulty, AT_LEAST_ONCE, AT_ONCE);
    writer.write("a/0", WITHOUT_TIMESTAMP);
    writer.flush(false);
    AtomicInteger replacements = new AtomicInteger();
    faulty.follow(key -> replacements.incrementAndGet() == 1 ? Answer.REFUSED : Answer.HONEST);
    writer.write("a/1", WITHOUT_TIMESTAMP);
    assertThat(awaitFailure(writer)).hasStackTraceContaining("refused by the test");
    assertThatThrownBy(() -> writer.flush(true)).isInstanceOf(IOException.class);
    assertThat(log.elements()).containsExactly("a/0");
  }

  @Test
  void withoutAGuaranteeWhatFailsIsCountedAndTheRestIsWrittenInOrder() throws Exception {
    TestLog log = log(faulty);
    WriteThroughWriter<String> writer = writer(faulty, NONE, AT_ONCE);
    writer.write("a/0", WITHOUT_TIMESTAMP);
    CommonTestUtils.waitUtil(() -> log.size() == 1, PATIENCE, "the first record is not written");
    faulty.follow(key -> Answer.REFUSED);
    writer.write("a/1", WITHOUT_TIMESTAMP);
    CommonTestUtils.waitUtil(() -> errorsAfterFlush(writer) == 1, PATIENCE, "nothing failed");
    faulty.heal();
    writer.write("a/2", WITHOUT_TIMESTAMP);
    writer.write("a/3", WITHOUT_TIMESTAMP);
    writer.flush(true);

    assertThat(log.elements()).containsExactly("a/0", "a/2", "a/3");
    assertThat(metrics.getNumRecordsSendErrorsCounter().getCount()).isEqualTo(1);
    assertThat(metrics.getNumRecordsSendCounter().getCount()).isEqualTo(4);
  }

  @Test
  void withoutAGuaranteeWhatFailsAtTheEndOfTheInputIsCountedToo() throws Exception {
    WriteThroughWriter<String> writer = writer(faulty, NONE, LAZY);
    faulty.follow(key -> Answer.REFUSED);
    for (int i = 0; i < 20; i++) {
      writer.write(i + "/0", WITHOUT_TIMESTAMP);
    }
    writer.flush(true);
    assertThat(metrics.getNumRecordsSendErrorsCounter().getCount()).isEqualTo(20);
  }

  @Test
  void aDeletedLogFailsTheJobForGoodWhateverTheGuarantee() throws Exception {
    for (DeliveryGuarantee guarantee : List.of(AT_LEAST_ONCE, NONE)) {
      FaultyStore store = new FaultyStore();
      TestLog log = log(store);
      WriteThroughWriter<String> writer = writer(store, guarantee, LAZY);
      log.log().delete("no longer needed").join();
      writer.write("a/0", WITHOUT_TIMESTAMP);
      assertThatThrownBy(() -> writer.flush(true))
          .as(guarantee.toString())
          .isInstanceOf(UnrecoverableException.class)
          .hasMessageContaining("deleted");
    }
  }

  @Test
  void newPartitionsAreWrittenToWithoutARestartIfTheyAreLookedFor() throws Exception {
    TestLog log = log(faulty);
    RaftlessPartitioner<String> last = (element, record, partitions) -> partitions - 1;
    WriteThroughWriter<String> looks =
        writer(faulty, AT_LEAST_ONCE, AT_ONCE, last, Duration.ofNanos(1));
    WriteThroughWriter<String> doesNot =
        writer(faulty, AT_LEAST_ONCE, AT_ONCE, last, Duration.ZERO);
    log.log().addPartitions(5).join();

    CommonTestUtils.waitUtil(
        () -> {
          write(looks, "a/0");
          flush(looks, false);
          return log.log().status(4).join().nextOffset() > 0;
        },
        PATIENCE,
        "nothing is written to the new partition");
    write(doesNot, "b/0");
    flush(doesNot, false);
    assertThat(log.elements(2)).contains("b/0");
    assertThat(log.elements(4)).doesNotContain("b/0");
  }

  @Test
  void aPartitionThatTheLogDoesNotHaveAndARecordThatIsTooLargeFailTheJob() throws Exception {
    WriteThroughWriter<String> wild =
        writer(faulty, NONE, AT_ONCE, (element, record, partitions) -> -1, Duration.ZERO);
    assertThatThrownBy(() -> wild.write("a/0", WITHOUT_TIMESTAMP))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("partition -1")
        .hasMessageContaining("0 to 2");
    WriteThroughWriter<String> small = writer(faulty, NONE, AT_ONCE.withMaxRecordBytes(100));
    assertThatThrownBy(() -> small.write("a/" + "0".repeat(200), WITHOUT_TIMESTAMP))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be written to log log");
  }

  private static List<String> rename(List<String> elements) {
    return elements.stream().map(element -> element.replace("a/", "k0/")).toList();
  }

  private long errorsAfterFlush(WriteThroughWriter<String> writer) {
    flush(writer, false);
    return metrics.getNumRecordsSendErrorsCounter().getCount();
  }

  private void awaitHeld() throws Exception {
    CommonTestUtils.waitUtil(() -> gated.held() > 0, PATIENCE, "nothing is uploaded");
  }

  /** Writes to the partition until that fails. */
  private static IOException awaitFailure(WriteThroughWriter<String> writer) throws Exception {
    List<IOException> failures = new ArrayList<>();
    CommonTestUtils.waitUtil(
        () -> {
          try {
            writer.write("a/2", WITHOUT_TIMESTAMP);
          } catch (IOException e) {
            failures.add(e);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return !failures.isEmpty();
        },
        PATIENCE,
        "no write fails");
    return failures.get(0);
  }

  private static void write(WriteThroughWriter<String> writer, String element) {
    try {
      writer.write(element, WITHOUT_TIMESTAMP);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void flush(WriteThroughWriter<String> writer, boolean endOfInput) {
    try {
      writer.flush(endOfInput);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private TestLog log(ObjectStore store) {
    TestLog log = TestLog.of(store, LOG, 3);
    opened.add(log);
    return log;
  }

  private WriteThroughWriter<String> writer(
      ObjectStore store, DeliveryGuarantee guarantee, WriterOptions options) throws IOException {
    return writer(store, guarantee, options, RaftlessPartitioner.byKey(), Duration.ZERO);
  }

  private WriteThroughWriter<String> writer(
      ObjectStore store,
      DeliveryGuarantee guarantee,
      WriterOptions options,
      RaftlessPartitioner<String> partitioner,
      Duration partitionDiscoveryInterval)
      throws IOException {
    WriteThroughSettings<String> settings =
        new WriteThroughSettings<>(
            RegisteredStore.of(store),
            LOG,
            3,
            guarantee,
            new Numbered.Serializer(),
            partitioner,
            options,
            partitionDiscoveryInterval);
    WriteThroughWriter<String> writer =
        new WriteThroughWriter<>(settings, OpenLog.of(settings.store(), LOG, 3), metrics);
    opened.add(writer);
    return writer;
  }
}
