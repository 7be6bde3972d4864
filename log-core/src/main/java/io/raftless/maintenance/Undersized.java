package io.raftless.maintenance;

import io.raftless.head.Head;
import io.raftless.index.Segment;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Which of the last segments become part of the next one. The last few on level 0 of the index may:
 * those that are less than half as large as a segment should be.
 *
 * <p>The longest run of them is taken for which the result is at least twice as large as each of
 * them. So whenever a byte is written again, it is in something at least twice as large as before:
 * it is written at most log₂(segment size / size of the first) times. *Rejected*: to ask for twice
 * the size of all of them together. With rounds of equal size, segments of two rounds would be the
 * largest ever.
 */
final class Undersized {
  private Undersized() {}

  /**
   * Segments whose records, or some, can be read.
   *
   * @param newBytes that come from the WAL, as stored
   * @param firstBytes of these, the first batch: it must fit in, or the segments would be written
   *     again in vain
   */
  static List<Segment> withData(
      Head head, CompactionOptions options, long newBytes, long firstBytes) {
    return run(
        head.segments().entries(),
        segment -> segment.endOffset() > head.startOffset(),
        Segment::bytes,
        newBytes,
        options.segmentBytes() - firstBytes,
        options.segmentBytes(),
        options);
  }

  /**
   * Segments of which only the labels are needed.
   *
   * @param newSources batches of the WAL of which only the labels are needed
   */
  static List<Segment> trimmed(Head head, CompactionOptions options, long newSources) {
    return run(
        head.segments().entries(),
        segment -> segment.endOffset() <= head.startOffset(),
        Segment::sources,
        newSources,
        options.maxSources(),
        options.maxSources(),
        options);
  }

  private static List<Segment> run(
      List<Segment> last,
      Predicate<Segment> isOfThatKind,
      ToLongFunction<Segment> size,
      long newSize,
      long mostMerged,
      long fullSize,
      CompactionOptions options) {
    int best = last.size();
    long total = newSize;
    long merged = 0;
    long largest = 0;
    long sources = 0;
    for (int i = last.size() - 1; i >= 0; i--) {
      Segment segment = last.get(i);
      long itsSize = size.applyAsLong(segment);
      merged += itsSize;
      total += itsSize;
      sources += segment.sources();
      largest = Math.max(largest, itsSize);
      if (!isOfThatKind.test(segment)
          || itsSize >= fullSize / 2
          || merged > mostMerged
          || segment.sources() >= options.maxSources() / 2
          || sources > options.maxSources()) {
        break;
      }
      boolean isWorthIt = Math.min(total, fullSize) >= 2 * largest;
      if (isWorthIt && (newSize > 0 || i < last.size() - 1)) {
        best = i;
      }
    }
    return last.subList(best, last.size());
  }
}
