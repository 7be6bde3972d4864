package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.store.MemoryObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a writer hears whose writer id another holder has acquired. */
@Timeout(60)
class FencedWriterTest {
  private final GatedStore store = new GatedStore(new MemoryObjectStore());
  private final RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 2);

  @AfterEach
  void close() {
    store.open();
    log.close();
    store.close();
  }

  private LogWriter writer(Map<Integer, WriterClaim> claims) {
    return log.newWriter(
        new WriterOptions(1_024, 60_000, 1 << 20, 4, Compression.NONE, WriterOptions.OnFull.BLOCK)
            .withInlineBytes(0),
        claims);
  }

  private static String big(String name) {
    return name + "-".repeat(1_200);
  }

  private static void assertFencedBy(CompletableFuture<?> append, WriterClaim newer) {
    assertThatThrownBy(append::join)
        .cause()
        .isInstanceOfSatisfying(
            RaftlessException.WriterFenced.class,
            fenced -> {
              assertThat(fenced.holder()).contains(newer.holder());
              assertThat(fenced.epoch()).hasValue(newer.epoch());
            });
  }

  @Test
  void everyPendingFutureOfAFencedWriterTellsTheHolderAndTheEpoch() throws Exception {
    try (LogWriter old = writer(log.acquire("w", "old").join())) {
      var before = old.append(0, record("before"));
      old.flush().join();
      assertThat(before.join()).isZero();
      Map<Integer, WriterClaim> claims = log.acquire("w", "new").join();
      WriterClaim newer = Objects.requireNonNull(claims.get(0));
      store.hold();
      List<CompletableFuture<Long>> pending = new ArrayList<>();
      // Three finish their uploads before the first one, so that one group has them all.
      for (int i = 0; i < 4; i++) {
        pending.add(old.append(0, record(big("r" + i))));
      }
      store.await(4);
      pending.add(old.append(0, record("buffered")));
      for (int upload = 3; upload >= 0; upload--) {
        store.let(upload);
      }
      pending.forEach(append -> assertFencedBy(append, newer));
      assertFencedBy(old.append(0, record("later")), newer);
      assertThatThrownBy(() -> old.flush().join())
          .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
      old.goOn(0);
      store.open();
      assertFencedBy(old.append(0, record(big("after goOn"))), newer);
    }
    assertThat(texts(log, 0, 0)).containsExactly("before");
  }

  @Test
  void whatFailsBehindAnotherFailureSaysWhich() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
      long generation = log.fence("now").join();
      store.hold();
      var first = writer.append(0, List.of(record("x")), AppendConditions.NONE);
      var second = writer.append(0, List.of(record("y")), AppendConditions.NONE);
      store.await(2);
      store.let(1);
      store.let(0);
      assertThatThrownBy(first::join).hasCauseInstanceOf(RaftlessException.LogFenced.class);
      assertThatThrownBy(second::join)
          .cause()
          .isInstanceOf(RaftlessException.EarlierRequestFailed.class)
          .hasCauseInstanceOf(RaftlessException.LogFenced.class);
      log.unfence(generation, "again").join();
    }
  }
}
