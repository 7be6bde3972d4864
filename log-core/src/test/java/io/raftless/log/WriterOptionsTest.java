package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WriterOptionsTest {

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 23})
  void aLevelThatZstdDoesNotHaveIsRefused(int level) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WriterOptions.defaults().withZstdLevel(level))
        .withMessageContainingAll("zstdLevel " + level, "1 (fast) to 22 (small)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StagerOptions.defaults().withZstdLevel(level))
        .withMessageContaining("zstdLevel " + level);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, (256 << 20) + 1})
  void aRecordLimitThatABlockCannotKeepIsRefused(int bytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WriterOptions.defaults().withMaxRecordBytes(bytes))
        .withMessageContainingAll("maxRecordBytes " + bytes, "256 MiB");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StagerOptions.defaults().withMaxRecordBytes(bytes))
        .withMessageContaining("maxRecordBytes " + bytes);
  }

  @Test
  void aRecordBeyondTheLimitIsRefusedByWriterAndStagerAndHurtsNobodyElse() throws Exception {
    LogRecord tooLarge = LogRecord.of(null, new byte[1_000], 0);
    try (RaftlessLog log = RaftlessLog.create(new MemoryObjectStore(), LogId.of("", "log"), 1);
        LogWriter writer = log.newWriter(WriterOptions.defaults().withMaxRecordBytes(1_000));
        Stager stager = log.newStager(StagerOptions.defaults().withMaxRecordBytes(1_000))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.append(0, tooLarge))
          .withMessageContainingAll("too large", "maxRecordBytes is 1000", "raise it");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> writer.append(0, List.of(record("a"), tooLarge), AppendConditions.NONE));
      assertThatIllegalArgumentException().isThrownBy(() -> stager.add(0, tooLarge));
      assertThat(writer.append(0, record("fine")).join()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whateverTheCompressionTheRecordsAreReadBack(Compression compression) throws Exception {
    try (RaftlessLog log = RaftlessLog.create(new MemoryObjectStore(), LogId.of("", "log"), 1);
        LogWriter writer = log.newWriter(WriterOptions.defaults().withCompression(compression))) {
      for (int i = 0; i < 100; i++) {
        var unused = writer.append(0, record("the same words again and again " + i));
      }
      writer.flush().join();
      assertThat(texts(log, 0, 0)).hasSize(100).last().asString().endsWith(" 99");
    }
  }

  @Test
  void aHigherLevelMakesSmallerObjects() throws Exception {
    assertThat(uploadedAt(19)).isLessThan(uploadedAt(1));
  }

  private static long uploadedAt(int level) throws InterruptedException {
    AtomicLong uploaded = new AtomicLong();
    ObjectStore store =
        new ForwardingObjectStore(new MemoryObjectStore()) {
          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            if (key.contains("/wal/")) {
              uploaded.addAndGet(body.remaining());
            }
            return super.putIfAbsent(key, body);
          }
        };
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append("word").append(random.nextInt(2_000)).append(' ');
    }
    try (RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogWriter writer = log.newWriter(WriterOptions.defaults().withZstdLevel(level));
        Stager stager = log.newStager(StagerOptions.defaults().withZstdLevel(level))) {
      writer.append(0, record(text.toString())).join();
      long byWriter = uploaded.getAndSet(0);
      stager.add(0, record(text.toString()));
      assertThat(stager.stage().join()).hasSize(1);
      assertThat(uploaded.get()).isCloseTo(byWriter, Offset.offset(100L));
      return byWriter;
    }
  }
}
