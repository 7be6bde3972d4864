package io.raftless.sim.check;

import java.util.List;

/**
 * Docs/protocol.md §6: segments do not overlap each other, nor the batches that are not compacted,
 * and a reference says of what is below it where that begins and ends.
 */
final class NoOverlappingRanges implements Invariant {

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    PartitionImage image = written.after();
    long reached = requireApart(written, image.segments(), 0);
    requireApart(written, image.entries(), reached);
    for (PartitionImage.Range range : image.ranges()) {
      Item item = range.of();
      if (range.base() != item.base() || range.end() != item.end()) {
        throw broken(
            written.where()
                + ": "
                + item
                + " has what is from "
                + range.base()
                + " to "
                + range.end());
      }
    }
    for (Item segment : image.segments()) {
      if (segment.data() < segment.base() || segment.data() > segment.end()) {
        throw broken(written.where() + ": " + segment + " has data from " + segment.data());
      }
    }
  }

  private long requireApart(Change.HeadWritten written, List<Item> items, long from) {
    long reached = from;
    for (Item item : items) {
      if (item.base() < reached || item.end() <= item.base()) {
        throw broken(written.where() + ": " + item + " comes after offset " + reached);
      }
      reached = item.end();
    }
    return reached;
  }
}
