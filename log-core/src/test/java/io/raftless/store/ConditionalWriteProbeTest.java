package io.raftless.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.store.ConditionalWriteProbe.Check;
import io.raftless.store.ConditionalWriteProbe.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ConditionalWriteProbeTest {
  private static final String PREFIX = "some/prefix/";

  private final MemoryObjectStore memory = new MemoryObjectStore();

  @Test
  void aStoreThatHonoursConditionsPassesAndIsLeftClean() {
    List<String> created = new ArrayList<>();
    ObjectStore store =
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            created.add(key);
            return super.putIfAbsent(key, body);
          }
        };
    assertThat(probe(store).verdict()).isEqualTo(new Verdict.Safe());
    probe(store).requireSafe();
    assertThat(created)
        .hasSize(4)
        .allSatisfy(key -> assertThat(key).startsWith(PREFIX + ".raftless-probe/"));
    assertThat(created.get(0)).isNotEqualTo(created.get(2));
    assertThat(memory.list("", null).join().objects()).isEmpty();
  }

  @Test
  void aStoreThatCreatesNothingIsRefused() {
    assertUnsafe(
        Check.CREATE,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            return CompletableFuture.completedFuture(new PutOutcome.Conflict("no"));
          }
        },
        "a fresh key could not be created");
  }

  @Test
  void aStoreThatIgnoresIfNoneMatchIsRefused() {
    assertUnsafe(
        Check.CREATE_ONCE,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            memory.delete(key).join();
            return super.putIfAbsent(key, body);
          }
        },
        "two creates of one key (If-None-Match: *) both won");
  }

  @Test
  void aStoreThatKnowsNoETagIsRefused() {
    assertUnsafe(
        Check.REPLACE,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfMatch(
              String key, ETag expected, ByteBuffer body) {
            return super.putIfMatch(key, new ETag(expected.quoted()), body);
          }
        },
        "ETag style BARE");
  }

  @Test
  void aStoreThatIgnoresIfMatchIsRefused() {
    assertUnsafe(
        Check.REPLACE_STALE,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfMatch(
              String key, ETag expected, ByteBuffer body) {
            memory.delete(key).join();
            return memory.putIfAbsent(key, body);
          }
        },
        "a write with a stale ETag (If-Match) was stored");
  }

  @Test
  void aStoreThatCreatesWhatIsToBeReplacedIsRefused() {
    assertUnsafe(
        Check.REPLACE_ABSENT,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfMatch(
              String key, ETag expected, ByteBuffer body) {
            boolean absent = memory.get(key).join() instanceof GetOutcome.Missing;
            return absent ? memory.putIfAbsent(key, body) : super.putIfMatch(key, expected, body);
          }
        },
        "a write with an ETag (If-Match) created an absent key");
  }

  @Test
  void aStoreThatReadsSomethingElseIsRefused() {
    assertUnsafe(
        Check.READ_BACK,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<GetOutcome> get(String key) {
            ByteBuffer other = ByteBuffer.wrap("another body".getBytes(UTF_8));
            return super.get(key)
                .thenApply(
                    read -> new GetOutcome.Found(((GetOutcome.Found) read).etag(), other, null));
          }
        },
        "a read did not show the last body and ETag");
  }

  @Test
  void aStoreThatAlwaysSendsTheObjectIsRefused() {
    assertUnsafe(
        Check.NOT_MODIFIED,
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
            return memory.get(key);
          }
        },
        "sent the object all the same");
  }

  @Test
  void anUnknownOutcomeIsTriedAgainUnderAnotherKey() {
    UnknownCreates store = new UnknownCreates(memory, 2);
    assertThat(probe(store).verdict()).isEqualTo(new Verdict.Safe());
    assertThat(store.keys).doesNotHaveDuplicates().hasSize(2);
    assertThat(memory.list("", null).join().objects()).isEmpty();
  }

  @Test
  void outcomesThatStayUnknownMakeTheStoreUnavailable() {
    UnknownCreates store = new UnknownCreates(memory, Integer.MAX_VALUE);
    assertThatThrownBy(probe(store)::verdict)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isTrue())
        .hasMessageContainingAll("a store in memory", "3 times", "nobody knows");
    assertThat(store.keys).hasSize(3);
  }

  @Test
  void aStoreThatRefusesUsSaysWhy() {
    StoreException denied = StoreException.refused("AccessDenied");
    ObjectStore store =
        new ForwardingObjectStore(memory) {
          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            return CompletableFuture.failedFuture(denied);
          }
        };
    assertThatThrownBy(probe(store)::verdict).isSameAs(denied);
  }

  private void assertUnsafe(Check check, ObjectStore store, String message) {
    assertThat(probe(store).verdict())
        .isInstanceOfSatisfying(
            Verdict.Unsafe.class, unsafe -> assertThat(unsafe.check()).isEqualTo(check));
    assertThatThrownBy(probe(store)::requireSafe)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isFalse())
        .hasMessageContainingAll(
            "a store in memory is not safe to use",
            message,
            "overwrite each other's records",
            "s3rver 3.7.1 ignore them");
    assertThat(memory.list("", null).join().objects()).isEmpty();
  }

  private static ConditionalWriteProbe probe(ObjectStore store) {
    return new ConditionalWriteProbe(store, PREFIX);
  }

  /** Creates, but does not say so for the first few times. */
  private static final class UnknownCreates extends ForwardingObjectStore {
    private final int times;
    private final List<String> keys = new ArrayList<>();

    UnknownCreates(ObjectStore store, int times) {
      super(store);
      this.times = times;
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      CompletableFuture<PutOutcome> outcome = super.putIfAbsent(key, body);
      if (keys.size() == times) {
        return outcome;
      }
      keys.add(key);
      return CompletableFuture.completedFuture(
          new PutOutcome.Unknown(new IllegalStateException("nobody knows")));
    }
  }
}
