package io.raftless.log;

import io.raftless.head.AppendRequest;
import io.raftless.index.BatchRef;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An append from the moment it is made until its caller knows.
 *
 * <table>
 *   <caption>What is told if nobody waits for it any more</caption>
 *   <tr><th>state</th><th>where it is</th><th>given up as</th></tr>
 *   <tr><td>UPLOADING</td><td>buffered, or its upload is under way: no request names its label
 *       yet, and none will</td><td>failed</td></tr>
 *   <tr><td>READY</td><td>uploaded, or small enough to be committed as it is; in the queue of the committer, which takes only what is READY
 *       </td><td>failed</td></tr>
 *   <tr><td>TAKEN</td><td>in a group whose conditional write may be with the store</td>
 *       <td>unknown</td></tr>
 *   <tr><td>FAILED</td><td>its upload failed, or it was given up</td><td>(it is)</td></tr>
 * </table>
 *
 * <p>Thread-safe.
 */
final class PendingAppend {
  private enum State {
    UPLOADING,
    READY,
    TAKEN,
    FAILED
  }

  /** The offset of a single record, which knows the one after it. */
  private static final class RecordOffset extends CompletableFuture<Long> {
    /** Guarded by the append, and by who tells it from then on. */
    private @Nullable RecordOffset next;
  }

  private final AppendStream stream;
  private final AppendConditions conditions;
  private final CompletableFuture<Long> baseOffset = new CompletableFuture<>();

  /**
   * The first and the last of single records, in the order of their places. Not dependent stages of
   * {@link #baseOffset}, which take three objects more for each record, and not a list, which is
   * copied as it grows. Guarded by this.
   */
  private @Nullable RecordOffset firstOffset;

  private @Nullable RecordOffset lastOffset;

  /** How many records were added. */
  private int places;

  /** Guarded by this, as are the following. */
  private State state = State.UPLOADING;

  /** Whether it is not buffered any more. */
  private boolean isSent;

  /** How long it may wait, once it is uploaded, to be committed together with others. */
  private int patienceMillis;

  /** Whether the offsets of single records were completed, or are just now. */
  private boolean isTold;

  /** Set once, when nothing has to be uploaded any more. */
  private @Nullable AppendRequest request;

  /** Set once, with {@link State#FAILED}. */
  private @Nullable RuntimeException ownFailure;

  PendingAppend(AppendStream stream, AppendConditions conditions) {
    this.stream = stream;
    this.conditions = conditions;
  }

  AppendStream stream() {
    return stream;
  }

  /** Completes with the offset of the first record. */
  CompletableFuture<Long> baseOffset() {
    return baseOffset;
  }

  /**
   * Completes with the offset of the record at a place, when {@link #baseOffset} has completed and
   * before what was registered there earlier is run.
   *
   * @param place in the batch, one after the other from 0
   */
  CompletableFuture<Long> offset(int place) {
    RecordOffset offset = new RecordOffset();
    synchronized (this) {
      if (isTold) {
        // A moment ago, while the record was added: it hears the same.
        return baseOffset.thenApply(base -> base + place);
      }
      if (place != places) {
        throw new IllegalStateException("place " + place + " after " + places);
      }
      places++;
      if (lastOffset == null) {
        firstOffset = offset;
      } else {
        lastOffset.next = offset;
      }
      lastOffset = offset;
    }
    if (place == 0) {
      var unused = baseOffset.whenComplete(this::tell);
    }
    return offset;
  }

  private void tell(@Nullable Long base, @Nullable Throwable trouble) {
    long offset = base == null ? 0 : base;
    RecordOffset record = told();
    while (record != null) {
      RecordOffset next = record.next;
      record.next = null; // Who keeps one does not keep all that follow.
      if (trouble == null) {
        record.complete(offset++);
      } else {
        record.completeExceptionally(trouble);
      }
      record = next;
    }
  }

  private synchronized @Nullable RecordOffset told() {
    isTold = true;
    RecordOffset whoWaits = firstOffset;
    firstOffset = null; // Nobody is added any more.
    lastOffset = null;
    return whoWaits;
  }

  /**
   * Its upload has begun, or it is looked at whether it needs one.
   *
   * @param mayWaitMillis how long it may wait, once it is uploaded, to be committed with others
   */
  synchronized void sent(int mayWaitMillis) {
    isSent = true;
    patienceMillis = mayWaitMillis;
  }

  /** Whether it comes soon. */
  synchronized boolean isOnItsWay() {
    return state == State.UPLOADING && isSent;
  }

  synchronized boolean isReady() {
    return state == State.READY;
  }

  synchronized int patienceMillis() {
    return patienceMillis;
  }

  /** The batch is durable, or needs no upload. */
  synchronized void ready(BatchRef batch) {
    if (state != State.UPLOADING) {
      return; // Told as failed already: it must not be committed any more.
    }
    request =
        new AppendRequest(
            stream,
            stream.fencing(),
            conditions.expectedNextOffset(),
            List.of(batch),
            conditions.position(),
            true);
    if (batch.data() != null) {
      // One round trip is what it is for.
      patienceMillis = 0;
    }
    state = State.READY;
  }

  synchronized void uploadFailed(RuntimeException cause) {
    if (state == State.UPLOADING) {
      ownFailure = cause;
      state = State.FAILED;
    }
  }

  /** Why it failed by itself, and not because of what was before it. */
  synchronized @Nullable RuntimeException ownFailure() {
    return ownFailure;
  }

  /**
   * Its request, if it may be committed. From then on it may be with the store: whoever gives it up
   * now cannot know what becomes of it.
   */
  synchronized @Nullable AppendRequest take() {
    if (state != State.READY) {
      return null;
    }
    state = State.TAKEN;
    return request;
  }

  void succeed(List<Long> baseOffsets) {
    baseOffset.complete(baseOffsets.get(0));
  }

  /**
   * Nobody waits for it any more. Its stream is poisoned first, so that nothing later of it is
   * committed.
   *
   * @param event why, as "the log was closed"
   */
  void giveUp(String event) {
    RuntimeException told = givenUp(event);
    stream.poison(told);
    fail(told);
  }

  private synchronized RuntimeException givenUp(String event) {
    IllegalStateException cause = new IllegalStateException(event);
    if (state == State.TAKEN) {
      return new RaftlessException.UnknownOutcome(
          event
              + " while the append was under way: nobody can tell whether it happened. Read the log"
              + " to see whether the records are there",
          cause);
    }
    RuntimeException known = ownFailure;
    if (known == null) {
      known =
          new RaftlessException.Failed(
              event + " before the append was made; it did not happen", cause);
      ownFailure = known;
      state = State.FAILED;
    }
    return known;
  }

  void fail(Throwable cause) {
    baseOffset.completeExceptionally(cause);
  }

  /** Fails because of what its stream failed of: its own failure, or an earlier request. */
  void failWithStream() {
    RuntimeException own = ownFailure();
    fail(own != null ? own : Failures.afterEarlier(stream.firstFailure()));
  }
}
