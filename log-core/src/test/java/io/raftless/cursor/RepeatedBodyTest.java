package io.raftless.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.DigestETagStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a store whose ETag is a digest of the body, as S3's: equal bodies have equal ETags. */
@Timeout(60)
class RepeatedBodyTest {
  private static final String KEY = "cursor";
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ObjectStore store = new DigestETagStore(new MemoryObjectStore());
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
