package io.raftless.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a store whose ETag is a digest of the body, as S3's: equal bodies have equal ETags. */
@Timeout(60)
class RepeatedBodyTest {
  private static final String KEY = "cursor";
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Names bodies by what is in them. */
  private static final class DigestStore extends ForwardingObjectStore {
    DigestStore() {
      super(new MemoryObjectStore());
    }

    private static ETag digest(ByteBuffer body) {
      byte[] bytes = new byte[body.remaining()];
      body.duplicate().get(bytes);
      return new ETag(UUID.nameUUIDFromBytes(bytes).toString());
    }

    private static GetOutcome named(GetOutcome outcome) {
      return outcome instanceof GetOutcome.Found found
          ? new GetOutcome.Found(digest(found.body()), found.body(), found.storeDate())
          : outcome;
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      return super.get(key).thenApply(DigestStore::named);
    }

    @Override
    public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
      return get(key)
          .thenApply(
              outcome ->
                  outcome instanceof GetOutcome.Found found && found.etag().equals(known)
                      ? new GetOutcome.NotModified()
                      : outcome);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      return super.putIfAbsent(key, body).thenApply(outcome -> named(outcome, body));
    }

    @Override
    public synchronized CompletableFuture<PutOutcome> putIfMatch(
        String key, ETag expected, ByteBuffer body) {
      GetOutcome there = super.get(key).join();
      if (there instanceof GetOutcome.Found found && digest(found.body()).equals(expected)) {
        return super.putIfMatch(key, found.etag(), body).thenApply(outcome -> named(outcome, body));
      }
      return CompletableFuture.completedFuture(new PutOutcome.Conflict("another body"));
    }

    private static PutOutcome named(PutOutcome outcome, ByteBuffer body) {
      return outcome instanceof PutOutcome.Stored ? new PutOutcome.Stored(digest(body)) : outcome;
    }
  }

  private final DigestStore store = new DigestStore();
  private final LogRuntime runtime = LogRuntime.start();
  private final Incarnation incarnation = new Incarnation(runtime.labels().next().value());
  private final CursorSchema schema = new CursorSchema(runtime.labels(), incarnation, "group", 0);

  @AfterEach
  void stop() {
    runtime.stop();
    store.close();
  }

  /** A process of its own. */
  private CasCell<Cursor> cell() {
    return new CasCell<>(
        store,
        KEY,
        schema,
        runtime,
        () ->
            CompletableFuture.completedFuture(
                Cursor.first(incarnation, "group", 0, runtime.labels().next())));
  }

  /** What a cell writes so that its own attempt on the body before cannot land any more. */
  private record Bump() implements Transition<Cursor, Boolean> {
    @Override
    public Verdict<Cursor, Boolean> apply(Cursor cursor) {
      return new Verdict.Replace<>(cursor, true, List.of());
    }
  }

  @Test
  void aLatePutMadeOnAnETagWhoseBodyCameBackDoesNotLand() {
    cell().update(new Start(0, 10), LONG).join();
    CasCell.Snapshot<Cursor> before = cell().read().join();
    // A reset of which its caller is told that it did not happen, for the cell made sure of that.
    Cursor late = before.state().resetTo(0L, runtime.labels().next());
    ByteBuffer lateBody = schema.encode(schema.stamped(late, before.state().version() + 1));
    cell().update(new Bump(), LONG).join();
    Cursor same = cell().read().join().state();
    assertThat(same.offset()).isEqualTo(before.state().offset());
    assertThat(same.generation()).isEqualTo(before.state().generation());

    assertThat(store.putIfMatch(KEY, before.etag(), lateBody).join())
        .isInstanceOf(PutOutcome.Conflict.class);
    assertThat(cell().read().join().state().offset()).isEqualTo(10);
  }
}
