package io.raftless.bench.cost;

import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import java.time.Duration;

/**
 * A stream that is written and read all the time, and the requests that it makes.
 *
 * @param bytesPerSecond of all writers together, as they are stored; above 0
 * @param partitions that every flush touches; at least 1
 * @param writers at least 1, each with as much as the others
 * @param readers of all partitions each; 0 or more
 * @param writing of every writer
 * @param reading of every reader
 * @param isCompacted whether batches are merged into segments
 */
public record Stream(
    double bytesPerSecond,
    int partitions,
    int writers,
    int readers,
    WriterOptions writing,
    ReaderOptions reading,
    boolean isCompacted) {
  /** Of one key, which S3 allows about so often. */
  private static final double REPLACEMENTS_PER_SECOND = 15;

  /** Small batches are written out of a head together: one PUT for about so many commits. */
  private static final double COMMITS_WRITTEN_OUT = 10;

  /** Of a leaf of the index. */
  private static final double ENTRIES_OF_A_NODE = 48;

  /** What a conditional GET takes on S3. */
  private static final Duration LOOK = Duration.ofMillis(15);

  private static final double SEGMENT_BYTES = 128L << 20;

  /** The segment, its list of sources, the head, and now and then a node. */
  private static final double PUTS_OF_A_SEGMENT = 4;

  /** About what a head has when its log is not young. */
  private static final double HEAD_BYTES = 20 << 10;

  /** Uploads, or commits of what is so small that it needs none. */
  public double flushesPerSecond() {
    double byTime = 1_000.0 / Math.max(1, writing.lingerMillis());
    double bySize = bytesPerSecond / writers / writing.objectBytes();
    return writers * Math.max(byTime, bySize);
  }

  /** Whether batches are so small that they are committed inside of heads. */
  public boolean isInline() {
    return bytesPerSecond / flushesPerSecond() / partitions <= writing.inlineBytes();
  }

  /** How often a head is replaced: what comes meanwhile goes along. */
  private double commitsPerSecond() {
    return Math.min(REPLACEMENTS_PER_SECOND, flushesPerSecond());
  }

  /** PUT, of all that writers and compaction make. */
  public double putsPerSecond() {
    double flushes = flushesPerSecond();
    return (isInline() ? flushes / COMMITS_WRITTEN_OUT : flushes)
        + partitions * commitsPerSecond()
        + partitions * flushes / ENTRIES_OF_A_NODE
        + (isCompacted ? PUTS_OF_A_SEGMENT * bytesPerSecond / SEGMENT_BYTES : 0);
  }

  /** GET, of all that readers and compaction make. */
  public double getsPerSecond() {
    double batches = isInline() ? 0 : partitions * flushesPerSecond();
    return readers * batches
        + readers * partitions * looksPerSecond()
        + (isCompacted ? batches : 0);
  }

  /** Of a reader at the head of a partition. */
  private double looksPerSecond() {
    double commits = commitsPerSecond();
    Duration between = Duration.ofNanos((long) (1e9 / commits));
    return reading.looksWithin(between, LOOK) * commits;
  }

  /** What is sent to the store: the records, twice if they are compacted, and heads. */
  public double bytesSentPerSecond() {
    return bytesPerSecond * (isCompacted ? 2 : 1) + partitions * commitsPerSecond() * HEAD_BYTES;
  }

  /** What comes back: the records for each reader, and once for compaction; heads for readers. */
  public double bytesReceivedPerSecond() {
    return bytesPerSecond * (readers + (isCompacted ? 1 : 0))
        + readers * partitions * commitsPerSecond() * HEAD_BYTES;
  }
}
