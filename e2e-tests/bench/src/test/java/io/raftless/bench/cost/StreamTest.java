package io.raftless.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import org.junit.jupiter.api.Test;

class StreamTest {
  private static final double LITTLE = 1e-9;
  private static final WriterOptions EACH_SECOND = WriterOptions.defaults().withLingerMillis(1_000);

  private static Stream stream(
      double bytesPerSecond, int partitions, int writers, int readers, boolean isCompacted) {
    return new Stream(
        bytesPerSecond,
        partitions,
        writers,
        readers,
        EACH_SECOND,
        ReaderOptions.defaults(),
        isCompacted);
  }

  @Test
  void aFlushIsAnObjectAHeadForEachPartitionAndNowAndThenANode() {
    Stream stream = stream(1e6, 4, 1, 0, false);
    assertThat(stream.flushesPerSecond()).isEqualTo(1);
    assertThat(stream.isInline()).isFalse();
    assertThat(stream.putsPerSecond()).isCloseTo(1 + 4 + 4 / 48.0, within(LITTLE));
    assertThat(stream.getsPerSecond()).isZero();
  }

  @Test
  void whatIsSmallHasNoObjectOfItsOwn() {
    Stream stream = stream(4 * 1_000, 4, 1, 1, false);
    assertThat(stream.isInline()).isTrue();
    assertThat(stream.putsPerSecond()).isCloseTo(0.1 + 4 + 4 / 48.0, within(LITTLE));
    // No batch is fetched: these are looks.
    assertThat(stream.getsPerSecond()).isEqualTo(4 * 15);
  }

  @Test
  void aHeadIsReplacedFifteenTimesASecondByHoweverManyWriters() {
    Stream stream = stream(10e6, 1, 100, 0, false);
    assertThat(stream.flushesPerSecond()).isEqualTo(100);
    assertThat(stream.putsPerSecond()).isCloseTo(100 + 15 + 100 / 48.0, within(LITTLE));
  }

  @Test
  void aWriterThatIsFastFlushesFullObjects() {
    Stream stream = stream(10 * (8 << 20), 1, 1, 0, false);
    assertThat(stream.flushesPerSecond()).isEqualTo(10);
  }

  @Test
  void readersFetchBatchesAndSoDoesCompaction() {
    Stream plain = stream(1e6, 4, 1, 2, false);
    Stream compacted = stream(1e6, 4, 1, 2, true);
    assertThat(plain.getsPerSecond()).isEqualTo(2 * 4 + 2 * 4 * 15);
    assertThat(compacted.getsPerSecond() - plain.getsPerSecond()).isEqualTo(4);
    assertThat(compacted.putsPerSecond() - plain.putsPerSecond())
        .isCloseTo(4 * 1e6 / (128 << 20), within(LITTLE));
    assertThat(compacted.bytesSentPerSecond() - plain.bytesSentPerSecond()).isEqualTo(1e6);
    assertThat(compacted.bytesReceivedPerSecond() - plain.bytesReceivedPerSecond()).isEqualTo(1e6);
  }
}
