package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.store.MemoryObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MultiLogReaderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final RaftlessLog first = RaftlessLog.create(store, LogId.of("", "first"), 2);
  private final RaftlessLog second = RaftlessLog.create(store, LogId.of("", "second"), 1);
  private final MultiLogReader<String> reader = new MultiLogReader<>(ReaderOptions.defaults());

  @AfterEach
  void close() {
    reader.close();
    first.close();
    second.close();
  }

  @Test
  void anyOfItsLogsWakesIt() throws Exception {
    reader.assign("first/0", first, 0, StartAt.earliest());
    reader.assign("second/0", second, 0, StartAt.earliest());
    CompletableFuture<Void> appended = CompletableFuture.runAsync(() -> append(second, 0, 3));
    MultiLogReader.Polled<String> polled = reader.poll(PATIENCE).orElseThrow();
    assertThat(polled.key()).isEqualTo("second/0");
    assertThat(polled.batch().baseOffset()).isZero();
    reader.unassign("second/0");
    append(first, 0, 2);
    assertThat(reader.poll(PATIENCE).orElseThrow().key()).isEqualTo("first/0");
    appended.join();
  }

  @Test
  void oneReaderHoldsTheSamePartitionSeveralTimesAtDifferentPlaces() throws Exception {
    append(first, 0, 10);
    reader.assign("low", first, 0, StartAt.offset(2));
    reader.assign("high", first, 0, StartAt.offset(7));
    Map<String, Long> begun = new HashMap<>();
    while (begun.size() < 2) {
      MultiLogReader.Polled<String> polled = reader.poll(PATIENCE).orElseThrow();
      begun.putIfAbsent(polled.key(), polled.batch().baseOffset());
    }
    assertThat(begun).isEqualTo(Map.of("low", 2L, "high", 7L));
  }

  @Test
  void whatFailsIsReportedByItsKeyAndTheRestGoesOn() throws Exception {
    append(second, 0, 1);
    reader.assign("beyond", first, 0, StartAt.offset(99));
    reader.assign("fine", second, 0, StartAt.earliest());
    List<String> seen = new ArrayList<>();
    while (seen.size() < 2) {
      MultiLogReader.Polled<String> polled = reader.poll(PATIENCE).orElseThrow();
      if (!seen.contains(polled.key())) {
        seen.add(polled.key());
        if (polled.key().equals("beyond")) {
          assertThat(polled.failure().orElseThrow())
              .isInstanceOf(RaftlessException.OffsetBeyondEnd.class);
          assertThatThrownBy(polled::batch).isInstanceOf(RaftlessException.OffsetBeyondEnd.class);
          reader.unassign("beyond");
        } else {
          assertThat(polled.failure()).isEmpty();
        }
      }
    }
    assertThat(seen).containsExactlyInAnyOrder("beyond", "fine");
  }

  @Test
  void aLogOfWhichNothingIsReadMayBeClosedAndOneThatIsReadEndsTheReader() throws Exception {
    append(second, 0, 1);
    reader.assign("first/0", first, 0, StartAt.earliest());
    reader.assign("first/1", first, 1, StartAt.earliest());
    reader.assign("second/0", second, 0, StartAt.earliest());
    reader.unassign("first/0");
    reader.unassign("first/1");
    first.close();
    Optional<MultiLogReader.Polled<String>> polled = reader.poll(PATIENCE);
    assertThat(polled.orElseThrow().key()).isEqualTo("second/0");
    second.close();
    assertThatThrownBy(() -> reader.poll(PATIENCE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aKeyIsAssignedOnce() {
    reader.assign("one", first, 0, StartAt.earliest());
    assertThatThrownBy(() -> reader.assign("one", second, 0, StartAt.earliest()))
        .hasMessageContaining("one is assigned already");
    assertThatThrownBy(() -> reader.pause("other")).hasMessageContaining("is not assigned");
  }

  private static void append(RaftlessLog log, int partition, int count) {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      CompletableFuture<?> last = CompletableFuture.completedFuture(null);
      for (int i = 0; i < count; i++) {
        last = writer.append(partition, LogRecord.of(null, new byte[] {1}, i));
      }
      last.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
