package io.raftless.log;

import io.raftless.head.Head;
import io.raftless.index.Item;
import java.util.stream.Stream;

/**
 * How many bytes the data of a partition takes in the store, as its head said at one moment. It
 * asks nothing of the store: the head says so of each of its batches, segments and references.
 *
 * <p>Immutable.
 */
public final class StoredBytes {
  private final Head head;

  StoredBytes(Head head) {
    this.head = head;
  }

  /** The end of the partition at that moment. */
  public long endOffset() {
    return head.nextOffset();
  }

  /**
   * The stored bytes, compressed as they are, of the records between two offsets. Exact where the
   * offsets are at the ends of what the head names; what one of them cuts counts in proportion to
   * its records: a batch, a segment, or all that is below one reference.
   *
   * @param from the first offset; what was trimmed counts for nothing
   * @param to the offset after the last one; beyond the end is like the end
   * @return 0 or more
   */
  public long between(long from, long to) {
    long first = Math.max(from, head.startOffset());
    return Stream.concat(head.segments().items().stream(), head.wal().items().stream())
        .mapToLong(item -> bytesOf(item, first, to))
        .sum();
  }

  private static long bytesOf(Item item, long from, long to) {
    long records = item.endOffset() - item.baseOffset();
    long wanted = Math.min(to, item.endOffset()) - Math.max(from, item.baseOffset());
    if (wanted <= 0) {
      return 0;
    }
    // Not in whole numbers: bytes times records may be more than a long holds.
    return wanted == records ? item.bytes() : Math.round((double) item.bytes() * wanted / records);
  }
}
