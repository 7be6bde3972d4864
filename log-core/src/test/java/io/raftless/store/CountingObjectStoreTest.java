package io.raftless.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CountingObjectStoreTest {

  @Nested
  class ObeysTheContract extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
      return new CountingObjectStore(new MemoryObjectStore());
    }
  }

  @Test
  void everyRequestIsCountedByKindAndOutcome() {
    CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore());
    ETag etag = ((PutOutcome.Stored) store.putIfAbsent("k", body("12345")).join()).etag();
    store.putIfAbsent("k", body("123")).join();
    store.get("k").join();
    store.get("absent").join();
    store.getRange("k", 1, 2).join();
    store.getIfChanged("k", etag).join();
    store.getIfChanged("k", new ETag("other")).join();
    store.list("", null).join();
    store.delete("k").join();
    store.putIfMatch("k", etag, body("1")).join();

    RequestCounts expected = new RequestCounts(3, 2, 1, 3, 2, 0, 1, 1, 5 + 2 + 5, 5 + 3 + 1);
    assertThat(store.counts()).isEqualTo(expected);
    assertThat(expected.total()).isEqualTo(10);

    store.get("k").join();
    assertThat(store.counts().since(expected))
        .isEqualTo(new RequestCounts(1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void whatIsReadWhileItArrivesCountsAsWhatIsReadAsAWhole() {
    ObjectStore memory = new MemoryObjectStore();
    memory.putIfAbsent("k", body("12345")).join();
    for (ObjectStore origin : List.of(memory, new TricklingStore(memory, 1))) {
      CountingObjectStore store = new CountingObjectStore(origin);
      assertThat(store.getRange("k", 1, 3, new TextReader()).join()).contains("234");
      assertThat(store.getRange("absent", 1, 3, new TextReader()).join()).isEmpty();
      assertThat(store.counts()).isEqualTo(new RequestCounts(2, 0, 0, 0, 0, 0, 0, 0, 3, 0));
    }
  }

  @Test
  void whatAReaderOrTheStoreThrowsPassesAsItIs() {
    StoreException refused = StoreException.refused("no");
    ObjectStore memory = new MemoryObjectStore();
    memory.putIfAbsent("k", body("12345")).join();
    CountingObjectStore store = new CountingObjectStore(memory);
    TextReader broken =
        new TextReader() {
          @Override
          public String read(ByteBuffer body) {
            throw refused;
          }
        };
    assertThat(failure(store.getRange("k", 0, 5, broken))).isSameAs(refused);
    CountingObjectStore refusing =
        new CountingObjectStore(
            new ForwardingObjectStore(memory) {
              @Override
              public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
                return CompletableFuture.failedFuture(refused);
              }
            });
    assertThat(failure(refusing.getRange("k", 0, 5, new TextReader()))).isSameAs(refused);
  }

  private static Throwable failure(CompletableFuture<?> future) {
    return future.handle((value, failure) -> failure).join();
  }

  @Test
  void unknownOutcomesAreCountedAndFailuresPassAsTheyAre() {
    StoreException refused = StoreException.refused("no");
    CountingObjectStore store =
        new CountingObjectStore(
            new ForwardingObjectStore(new MemoryObjectStore()) {
              @Override
              public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
                return CompletableFuture.completedFuture(new PutOutcome.Unknown(refused));
              }

              @Override
              public CompletableFuture<GetOutcome> get(String key) {
                return CompletableFuture.failedFuture(refused);
              }
            });
    store.putIfAbsent("k", body("1")).join();
    assertThat(store.counts().unknowns()).isEqualTo(1);
    assertThat(store.get("k").handle((found, failure) -> failure).join()).isSameAs(refused);
    assertThat(store).hasToString("a store in memory");
  }

  private static ByteBuffer body(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
