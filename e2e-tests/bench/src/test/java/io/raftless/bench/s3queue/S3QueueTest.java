package io.raftless.bench.s3queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.RequestCounts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class S3QueueTest {
  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final CountingObjectStore store = new CountingObjectStore(memory);
  private final S3Queue queue = new S3Queue(store, "topic");

  @BeforeEach
  void create() {
    queue.create().join();
  }

  private static List<byte[]> records(String... texts) {
    return java.util.Arrays.stream(texts).map(t -> t.getBytes(StandardCharsets.UTF_8)).toList();
  }

  private List<String> read(long offset) {
    return queue.read(offset).join().stream()
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void whatWasAppendedIsReadBackAtItsOffsets() {
    assertThat(queue.append(records("a", "b")).join()).isEqualTo(1);
    assertThat(queue.append(records("c")).join()).isEqualTo(3);
    assertThat(read(1)).containsExactly("a", "b");
    assertThat(read(2)).containsExactly("a", "b");
    assertThat(read(3)).containsExactly("c");
    assertThat(read(4)).isEmpty();
  }

  @Test
  void anAppendThatMeetsNobodyIsSixRequests() {
    queue.append(records("first")).join();
    RequestCounts before = store.counts();
    queue.append(records("second")).join();
    RequestCounts counts = store.counts().since(before);
    assertThat(counts.total()).isEqualTo(6);
    assertThat(counts.puts()).isEqualTo(4);
    assertThat(counts.gets()).isEqualTo(2);
  }

  @Test
  void whoLosesTheTailGoesOnBehindTheWinner() {
    S3Queue other = new S3Queue(memory, "topic");
    S3Queue raced =
        new S3Queue(
            new ForwardingObjectStore(memory) {
              private boolean isFirst = true;

              @Override
              public CompletableFuture<PutOutcome> putIfMatch(
                  String key, ETag expected, ByteBuffer body) {
                if (isFirst) {
                  isFirst = false;
                  other.append(records("winner")).join();
                }
                return super.putIfMatch(key, expected, body);
              }
            },
            "topic");
    assertThat(raced.append(records("loser")).join()).isEqualTo(2);
    assertThat(read(1)).containsExactly("winner");
    assertThat(read(2)).containsExactly("loser");
  }

  @Test
  void anEntryThatCouldNotBePutIsFoundInTheTail() {
    S3Queue failing =
        new S3Queue(
            new ForwardingObjectStore(memory) {
              @Override
              public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
                return key.contains("/index/")
                    ? CompletableFuture.completedFuture(
                        new PutOutcome.Unknown(new IOException("lost")))
                    : super.putIfAbsent(key, body);
              }
            },
            "topic");
    assertThat(failing.append(records("a")).join()).isEqualTo(1);
    assertThat(read(1)).containsExactly("a");
  }

  @Test
  void aTopicThatWasNotCreatedIsAnError() {
    S3Queue absent = new S3Queue(memory, "absent");
    assertThatThrownBy(() -> absent.append(records("a")).join())
        .hasMessageContaining("absent/log-state is missing");
  }
}
