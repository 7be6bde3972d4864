package io.raftless.maintenance;

import io.raftless.format.BatchBlock;
import io.raftless.format.Damage;
import io.raftless.format.FormatException;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentFooter;
import io.raftless.format.SourceCheck;
import io.raftless.head.DataBlock;
import io.raftless.index.Segment;
import io.raftless.store.GetOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a whole segment, and checks every byte of it. One thread's. */
final class SegmentCheck {
  private static final int FETCH_BYTES = 8 << 20;

  private final int partition;
  private final String key;
  private final Segment segment;
  private final SegmentFooter footer;
  private final @Nullable ProvenanceList sources;
  private final Verification verification;

  /** Null once it cannot go on: without sources, or after a damaged block. */
  private @Nullable SourceCheck check;

  private boolean isMissing;

  /**
   * Makes a check.
   *
   * @param sources null if the list could not be read: then the records are not compared with it
   */
  SegmentCheck(
      int partition,
      String key,
      Segment segment,
      SegmentFooter footer,
      @Nullable ProvenanceList sources,
      Verification verification) {
    this.partition = partition;
    this.key = key;
    this.segment = segment;
    this.footer = footer;
    this.sources = sources;
    this.verification = verification;
    this.check = sources == null ? null : new SourceCheck(sources, segment.dataOffset());
  }

  /** Asks for everything; what comes back is checked as it comes. */
  void read(DataReads reads, Consumer<String> missed) {
    long position = 0;
    List<SegmentFooter.Block> run = new ArrayList<>();
    for (SegmentFooter.Block block : footer.blocks()) {
      if (!run.isEmpty() && block.position() + block.length() - position > FETCH_BYTES) {
        read(reads, missed, position, run);
        position = block.position();
        run = new ArrayList<>();
      }
      run.add(block);
    }
    read(reads, missed, position, run);
    reads.read(
        key,
        footer.sourcesPosition(),
        Math.toIntExact(footer.sourcesBytes()),
        outcome -> found(outcome, missed).ifPresent(this::finish));
  }

  private void read(
      DataReads reads, Consumer<String> missed, long position, List<SegmentFooter.Block> run) {
    SegmentFooter.Block last = run.get(run.size() - 1);
    int length = Math.toIntExact(last.position() + last.length() - position);
    reads.read(
        key,
        position,
        length,
        outcome -> found(outcome, missed).ifPresent(body -> blocks(position, run, body)));
  }

  private Optional<ByteBuffer> found(GetOutcome outcome, Consumer<String> missed) {
    if (outcome instanceof GetOutcome.Found found) {
      return Optional.of(found.body().slice());
    }
    if (!isMissing) {
      isMissing = true;
      check = null; // What comes back of the rest is not all: nothing can be said of the sources.
      missed.accept(key);
    }
    return Optional.empty();
  }

  private void blocks(long position, List<SegmentFooter.Block> run, ByteBuffer body) {
    if (position == 0) {
      int header = (int) Math.min(body.remaining(), run.get(0).position());
      part(0, header, "the header", () -> footer.requireHeader(body.slice(0, header)));
    }
    for (SegmentFooter.Block block : run) {
      int from = (int) Math.min(block.position() - position, body.remaining());
      int length = Math.min(block.length(), body.remaining() - from);
      block(block, body.slice(from, length));
    }
  }

  private void block(SegmentFooter.Block block, ByteBuffer bytes) {
    DataBlock place =
        new DataBlock(
            key,
            block.position(),
            block.length(),
            block.baseOffset(),
            block.endOffset(),
            block.maxTimestamp(),
            Integer.toUnsignedLong(block.crc()));
    BatchBlock parsed = new BlockCheck(partition, place, bytes).run(verification).orElse(null);
    SourceCheck following = check;
    if (parsed == null) {
      check = null;
    } else if (following != null) {
      try {
        following.feed(parsed);
      } catch (FormatException e) {
        check = null;
        verification.found(
            place.damage(Damage.Kind.ALTERED_RECORDS, partition, String.valueOf(e.getMessage())));
      }
    }
  }

  private void finish(ByteBuffer section) {
    int length = Math.toIntExact(footer.sourcesBytes());
    part(
        footer.sourcesPosition(),
        length,
        "the sources section",
        () -> {
          ProvenanceList own = footer.decodeSources(section);
          if (sources != null && !own.hasSameBatches(sources)) {
            throw new FormatException(
                "it has other batches than the list of sources " + segment.provenance());
          }
        });
    SourceCheck following = check;
    if (following != null) {
      try {
        following.finish();
      } catch (FormatException e) {
        verification.found(
            Damage.of(
                Damage.Kind.ALTERED_RECORDS,
                partition,
                key,
                segment.dataOffset(),
                segment.endOffset(),
                String.valueOf(e.getMessage())));
      }
    }
  }

  private void part(long position, int length, String what, Runnable checkOfIt) {
    try {
      checkOfIt.run();
    } catch (FormatException e) {
      verification.found(
          Damage.of(
              Damage.Kind.DAMAGED_INDEX,
              partition,
              key,
              position,
              length,
              segment.dataOffset(),
              segment.endOffset(),
              what + ": " + e.getMessage()));
    }
  }
}
