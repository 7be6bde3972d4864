package io.raftless.log;

import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code log.json} and the heads of a log said when they were read, one after the other: the
 * parts may be of different moments.
 *
 * @param id where the log is
 * @param incarnation which creation of it
 * @param version of {@code log.json}: +1 with every change of it
 * @param state whether appends are taken, since which change, and why
 * @param settings what its administrators chose
 * @param horizon the vacuum horizon that new heads start with
 * @param partitions in order
 */
public record LogDescription(
    LogId id,
    Incarnation incarnation,
    long version,
    LogState state,
    LogSettings settings,
    Label horizon,
    List<PartitionDescription> partitions) {
  public LogDescription {
    partitions = List.copyOf(partitions);
  }

  /**
   * What the head of one partition said.
   *
   * @param partition which
   * @param version of the head: +1 with every change of it; 0 if there is no head yet
   * @param state which differs from that of the log while a change is on its way
   * @param startOffset the first readable offset
   * @param nextOffset the offset that the next record gets
   * @param compactionOffset the first offset that is not compacted
   * @param horizon no label below it can be newly appended
   * @param chain the hash chain at {@code nextOffset}, in hex
   * @param writers by name
   */
  public record PartitionDescription(
      int partition,
      long version,
      LogState state,
      long startOffset,
      long nextOffset,
      long compactionOffset,
      Label horizon,
      String chain,
      List<WriterDescription> writers) {
    public PartitionDescription {
      writers = List.copyOf(writers);
    }

    /** How many records can be read. */
    public long records() {
      return nextOffset - startOffset;
    }
  }

  /**
   * What a partition knows of a writer id.
   *
   * @param writerId the stable name of the logical writer
   * @param holder the incarnation of it that may append
   * @param epoch which it appends with
   * @param position what it last stored with its records; null if nothing yet
   * @param supersededHolders how many holders before it are remembered
   */
  public record WriterDescription(
      String writerId,
      String holder,
      long epoch,
      @Nullable String position,
      int supersededHolders) {}
}
