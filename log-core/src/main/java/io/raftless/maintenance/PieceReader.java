package io.raftless.maintenance;

import io.raftless.cas.StaleStateException;
import io.raftless.format.FormatException;
import io.raftless.runtime.Waiting;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads blocks in order, a few requests ahead of who takes them. Blocks that follow one another in
 * an object are read by one request.
 *
 * <p>Memory: 16 MiB, or one block if that is larger. Not thread-safe.
 *
 * @param <P> the blocks
 */
final class PieceReader<P extends Piece> {
  private static final int MOST_RANGES = 16;
  private static final int MOST_BYTES = 16 << 20;
  private static final int RANGE_BYTES = 4 << 20;

  /** Where the blocks come from: null at the end. */
  @FunctionalInterface
  interface Pieces<P> {
    @Nullable P next() throws InterruptedException;
  }

  /** A request under way, or answered. */
  private static final class Range<P extends Piece> {
    private final List<P> pieces;
    private final int length;

    /** What was read; null if the object is gone. */
    private final CompletableFuture<@Nullable ByteBuffer> answer;

    private int taken;

    Range(ObjectStore store, List<P> pieces, int length) {
      this.pieces = pieces;
      this.length = length;
      P first = pieces.get(0);
      ByteBuffer inline = first.inline();
      this.answer =
          inline != null
              ? CompletableFuture.completedFuture(inline)
              : store
                  .getRange(first.key(), first.position(), length)
                  .thenApply(outcome -> outcome instanceof GetOutcome.Found f ? f.body() : null);
    }
  }

  private final ObjectStore store;
  private final Pieces<? extends P> pieces;
  private final Deque<Range<P>> ranges = new ArrayDeque<>();
  private int requestedBytes;

  /** Known, and not requested yet. */
  private @Nullable P pending;

  private boolean isExhausted;

  PieceReader(ObjectStore store, Pieces<? extends P> pieces) {
    this.store = store;
    this.pieces = pieces;
  }

  /** The block that {@link #take} will read; null at the end. */
  @Nullable P peek() throws InterruptedException {
    request();
    Range<P> first = ranges.peek();
    return first == null ? null : first.pieces.get(first.taken);
  }

  /**
   * The bytes of the block that {@link #peek} gave.
   *
   * @throws StaleStateException if the object is gone
   * @throws FormatException if it is too short
   */
  ByteBuffer take() throws InterruptedException {
    request();
    Range<P> range = ranges.element();
    P piece = range.pieces.get(range.taken);
    ByteBuffer body = Waiting.on(range.answer);
    if (body == null) {
      throw new StaleStateException(piece.where() + " is gone");
    }
    long from = piece.position() - range.pieces.get(0).position();
    if (body.remaining() < from + piece.length()) {
      throw new FormatException(piece.where() + ": the object ends before that");
    }
    range.taken++;
    if (range.taken == range.pieces.size()) {
      ranges.remove();
      requestedBytes -= range.length;
    }
    return body.slice(body.position() + (int) from, piece.length());
  }

  private void request() throws InterruptedException {
    while (ranges.size() < MOST_RANGES) {
      P first = known();
      if (first == null || (!ranges.isEmpty() && requestedBytes + first.length() > MOST_BYTES)) {
        return;
      }
      List<P> together = new ArrayList<>();
      int length = 0;
      P next = first;
      while (next != null
          && (together.isEmpty()
              || (next.key().equals(first.key())
                  && next.position() == first.position() + length
                  && length + next.length() <= RANGE_BYTES))) {
        together.add(next);
        length += next.length();
        pending = null;
        next = known();
      }
      ranges.add(new Range<>(store, together, length));
      requestedBytes += length;
    }
  }

  private @Nullable P known() throws InterruptedException {
    if (pending == null && !isExhausted) {
      pending = pieces.next();
      isExhausted = pending == null;
    }
    return pending;
  }
}
