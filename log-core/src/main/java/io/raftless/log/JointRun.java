package io.raftless.log;

import io.raftless.format.BatchBlock;
import io.raftless.head.DataBlock;
import io.raftless.log.PlannedBlocks.Planned;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blocks side by side in one object that are the next ones of several partitions of a reader: one
 * request has them all ({@code docs/protocol.md}, section 9). Of each partition it is what that
 * would fetch next by itself, so each keeps its order. Guarded by the reader's lock.
 */
final class JointRun {
  /**
   * What one partition has in it.
   *
   * @param bytes of all blocks
   */
  record Part(PartitionFetcher fetcher, List<DataBlock> blocks, long bytes) {

    private static Part of(PartitionFetcher fetcher, List<DataBlock> blocks) {
      long bytes = 0;
      for (DataBlock block : blocks) {
        bytes += block.length();
      }
      return new Part(fetcher, blocks, bytes);
    }

    private DataBlock first() {
      return blocks.get(0);
    }

    private long position() {
      return first().position();
    }

    private long end() {
      return JointRun.end(blocks.get(blocks.size() - 1));
    }

    /** Whether all blocks can be some: else whoever has them is to find out by itself. */
    private boolean isSane() {
      for (DataBlock block : blocks) {
        if (block.position() < 0 || block.length() < BatchBlock.HEADER_BYTES) {
          return false;
        }
      }
      return true;
    }
  }

  /** Of who asks. */
  private final Part first;

  /** In the order in which they lie there. */
  private final Deque<Part> parts = new ArrayDeque<>();

  /** All who were asked for blocks. */
  private final Set<PartitionFetcher> asked = new HashSet<>();

  private @Nullable Planned behind;
  private @Nullable Planned full;
  private long bytes;

  private JointRun(Part first) {
    this.first = first;
    addLast(first);
    asked.add(first.fetcher());
  }

  /**
   * A run of one partition and nothing else.
   *
   * @param run not empty
   */
  static JointRun alone(PartitionFetcher fetcher, List<DataBlock> run) {
    return new JointRun(Part.of(fetcher, run));
  }

  /**
   * A run of one partition, and what others have to fetch next on both sides of it.
   *
   * @param run not empty
   * @param most bytes in all, but for the part that reaches into them
   */
  static JointRun around(
      PartitionFetcher fetcher, List<DataBlock> run, long most, PlannedBlocks plans) {
    JointRun joint = alone(fetcher, run);
    if (!joint.isInline()) {
      joint.extend(most, plans);
    }
    return joint;
  }

  /**
   * What is too much for one request is divided at multiples of that, whoever asks: else one who
   * asks from the middle would leave a rest on both sides. A part belongs to where it ends.
   */
  private void extend(long most, PlannedBlocks plans) {
    long section = (end() - 1) / most;
    Part before = partOf(plans.endingAt(key(), position()), section, most);
    while (before != null && before.end() == position()) {
      parts.addFirst(before);
      bytes += before.bytes();
      before = partOf(plans.endingAt(key(), position()), section, most);
    }
    Part next = partOf(plans.startingAt(key(), end()), section, most);
    while (next != null && next.position() == end()) {
      addLast(next);
      next = partOf(plans.startingAt(key(), end()), section, most);
    }
  }

  private void addLast(Part part) {
    parts.addLast(part);
    bytes += part.bytes();
  }

  /**
   * What a neighbour fetches next; null if that is something else, cannot be, or makes no sense.
   *
   * @param beside the block of it that lies beside these; null if there is none
   */
  private @Nullable Part partOf(@Nullable Planned beside, long section, long most) {
    if (beside == null || (end(beside.block()) - 1) / most != section) {
      return null;
    }
    PartitionFetcher other = beside.fetcher();
    if (!asked.add(other) || !other.mayShareWith(first.fetcher())) {
      return null;
    }
    if (other.isFull()) {
      full = beside;
      return null;
    }
    Part next = Part.of(other, other.nextRun());
    if (!next.first().key().equals(key())) {
      behind = beside;
      return null;
    }
    return next.isSane() && (next.end() - 1) / most == section ? next : null;
  }

  private static long end(DataBlock block) {
    return block.position() + block.length();
  }

  private long end() {
    return parts.getLast().end();
  }

  /** In the order in which they lie there; at least one. */
  Deque<Part> parts() {
    return parts;
  }

  /** What lies beside these, of somebody who has others to fetch before; null if there is none. */
  @Nullable Planned behind() {
    return behind;
  }

  /** What lies beside these, of somebody who has as many requests as it may have; or null. */
  @Nullable Planned full() {
    return full;
  }

  /** Whether the blocks are in a head. */
  boolean isInline() {
    return parts.getFirst().first().inline() != null;
  }

  String key() {
    return parts.getFirst().first().key();
  }

  /** Of the first block. */
  long position() {
    return parts.getFirst().position();
  }

  long bytes() {
    return bytes;
  }

  /** What the partition has in it that asks. */
  long bytesOfFirst() {
    return first.bytes();
  }

  /** Reads what comes back. */
  Arrived.Reader reader() {
    return new Arrived.Reader(
        parts.stream()
            .map(part -> new Arrived.Part(part.fetcher().partition(), part.blocks()))
            .toList());
  }
}
