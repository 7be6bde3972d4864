package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writer ids that are acquired on one partition alone, as the Connect sink does. */
@Timeout(60)
class OnePartitionClaimTest {
  private static final String WRITER = "connect/quakes/topic/2";

  private final ObjectStore store = new MemoryObjectStore();
  private RaftlessLog log;

  @BeforeEach
  void create() {
    log = RaftlessLog.create(store, LogId.of("test", "log"), 3);
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private static LogRecord record(String text) {
    return RaftlessLogTest.record(text);
  }

  private void append(WriterClaim claim, String text, String position) throws Exception {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults(), Map.of(claim.partition(), claim))) {
      writer
          .append(claim.partition(), List.of(record(text)), AppendConditions.withPosition(position))
          .join();
    }
  }

  @Test
  void theNewHolderGetsThePositionAndTheOldOneIsFencedOnThatPartition() throws Exception {
    WriterClaim old = log.acquire(2, WRITER, "a").join();
    assertThat(old.position()).isNull();
    append(old, "first", "{\"next\":1}");

    WriterClaim now = log.acquire(2, WRITER, "b").join();

    assertThat(now.position()).isEqualTo("{\"next\":1}");
    assertThat(now.epoch()).isGreaterThan(old.epoch());
    assertThatThrownBy(() -> append(old, "late", "{\"next\":2}"))
        .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
    append(now, "second", "{\"next\":2}");
    assertThat(RaftlessLogTest.texts(log, 2, 0)).containsExactly("first", "second");
  }

  @Test
  void theOtherPartitionsKnowNothingOfIt() {
    var unused = log.acquire(2, WRITER, "a").join();

    assertThat(log.describe().join().partitions())
        .extracting(partition -> partition.writers().size())
        .containsExactly(0, 0, 1);
  }

  @Test
  void whoWasSupersededCannotComeBack() {
    var first = log.acquire(1, WRITER, "a").join();
    var second = log.acquire(1, WRITER, "b").join();
    assertThat(second.epoch()).isGreaterThan(first.epoch());

    assertThatThrownBy(() -> log.acquire(1, WRITER, "a").join())
        .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
  }

  @Test
  void aPartitionThatIsNotThereIsNotAcquired() {
    assertThatThrownBy(() -> log.acquire(3, WRITER, "a").join())
        .hasCauseInstanceOf(IllegalArgumentException.class);
  }
}
