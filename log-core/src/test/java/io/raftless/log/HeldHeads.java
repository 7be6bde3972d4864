package io.raftless.log;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;

/** A store whose writes of heads wait until the test says what becomes of them. */
final class HeldHeads extends ForwardingObjectStore {

  /** What is held of a write. */
  enum Hold {
    /** Nothing. */
    NOTHING,
    /** The write itself. */
    REQUEST,
    /** The answer: the write is applied. */
    ANSWER
  }

  /** A write that waits. */
  private record Held(
      String key, ETag expected, ByteBuffer body, CompletableFuture<PutOutcome> answer) {}

  private final List<Held> held = new CopyOnWriteArrayList<>();
  private volatile Hold hold = Hold.NOTHING;

  HeldHeads(ObjectStore store) {
    super(store);
  }

  void hold(Hold what) {
    hold = what;
  }

  void await(int writes) {
    Await.until(writes + " writes of heads are held", () -> held.size() >= writes);
  }

  /** The network delivers the write now; its caller does not hear of it. */
  PutOutcome land(int write) {
    Held one = held.get(write);
    return store.putIfMatch(one.key(), one.expected(), one.body()).join();
  }

  void answer(int write, PutOutcome outcome) {
    held.get(write).answer().complete(outcome);
  }

  /** The caller gives up waiting. */
  void timeOut(int write) {
    answer(write, new PutOutcome.Unknown(new TimeoutException("no response")));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    Hold what = hold;
    if (what == Hold.NOTHING || !key.endsWith("/head")) {
      return super.putIfMatch(key, expected, body);
    }
    if (what == Hold.ANSWER) {
      super.putIfMatch(key, expected, body).join();
    }
    CompletableFuture<PutOutcome> answer = new CompletableFuture<>();
    held.add(new Held(key, expected, body, answer));
    return answer;
  }
}
