package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReaderMetricsTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final Incarnation INCARNATION =
      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057");

  private final RecordedMetrics recorded = new RecordedMetrics();
  private final ReaderMetrics metrics = new ReaderMetrics(recorded);

  @Test
  void pendingRecordsAreThoseThatExistAndWereNotEmittedOverAllSplits() {
    RaftlessSplit unbounded = split(0, 10, RaftlessSplit.UNBOUNDED);
    RaftlessSplit bounded = split(1, 0, 50);
    SplitProgress first = metrics.added(unbounded);
    metrics.added(bounded);
    assertThat(recorded.gauge("pendingRecords")).as("no end is known yet").isEqualTo(0L);
    assertThat(recorded.gauge("pendingBytes")).as("nothing is known yet").isEqualTo(0L);

    endsAt(unbounded, 100);
    endsAt(bounded, 1_000);
    first.emittedUpTo(30);
    assertThat(recorded.gauge("pendingRecords")).isEqualTo(70L + 50L);
    assertThat(recorded.gauge("pendingBytes")).isEqualTo(10 * (70L + 50L));
    assertThat(recorded.gauge("raftless.log.log.partition.0.currentOffset")).isEqualTo(30L);
    assertThat(recorded.gauge("raftless.log.log.partition.0.lag")).isEqualTo(70L);
    assertThat(recorded.gauge("raftless.log.log.partition.1.lag")).isEqualTo(50L);

    metrics.finished(bounded.splitId());
    endsAt(bounded, 2_000);
    assertThat(recorded.gauge("pendingRecords")).isEqualTo(70L);
    assertThat(recorded.gauge("pendingBytes")).isEqualTo(10 * 70L);
  }

  /** Of a partition whose records take ten bytes each. */
  private void endsAt(RaftlessSplit split, long end) {
    metrics.endsAt(split.splitId(), end, (from, to) -> 10 * (Math.min(to, end) - from));
  }

  @Test
  void aSplitThatComesAgainGoesOnWithTheGaugesOfTheOneBefore() {
    metrics.added(split(0, 10, 100));
    metrics.added(split(0, 40, 100));
    assertThat(recorded.gauge("raftless.log.log.partition.0.currentOffset")).isEqualTo(40L);
  }

  @Test
  void bytesAreThoseOfKeyValueAndHeaders() {
    metrics.received(
        new LogRecord(
            new byte[3], new byte[5], List.of(new RecordHeader("name", new byte[7])), 1_000));
    metrics.received(LogRecord.of(null, null, 1_000));
    assertThat(recorded.count("numBytesIn")).isEqualTo(19);
  }

  @Test
  void whatIsLeftOutIsCounted() {
    metrics.skipped();
    metrics.trimmed(12);
    metrics.removed();
    metrics.committed();
    metrics.commitFailed();
    metrics.commitFailed();
    assertThat(recorded.count("numRecordsInErrors")).isEqualTo(1);
    assertThat(recorded.count("raftless.recordsTrimmed")).isEqualTo(12);
    assertThat(recorded.count("raftless.splitsRemoved")).isEqualTo(1);
    assertThat(recorded.count("raftless.groupCommitsSucceeded")).isEqualTo(1);
    assertThat(recorded.count("raftless.groupCommitsFailed")).isEqualTo(2);
  }

  @Test
  void theFetchLagIsHowOldTheLastFetchedRecordWas() {
    assertThat(recorded.gauge("currentFetchEventTimeLag")).as("nothing yet").isEqualTo(-1L);
    metrics.fetched(LogRecord.of(null, null, System.currentTimeMillis() - 60_000));
    assertThat((Long) recorded.gauge("currentFetchEventTimeLag")).isBetween(60_000L, 90_000L);
  }

  private static RaftlessSplit split(int partition, long start, long stop) {
    return new RaftlessSplit(LOG, INCARNATION, partition, 0, start, stop);
  }
}
