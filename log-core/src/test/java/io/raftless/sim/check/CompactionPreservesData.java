package io.raftless.sim.check;

import io.raftless.format.FormatException;
import io.raftless.format.SegmentFooter;
import io.raftless.format.SegmentObject;
import io.raftless.sim.check.StoredObject.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Docs/protocol.md §6: whatever is compacted, merged, trimmed or forgotten, the batches at given
 * offsets stay what they were (label, count, checksum), the index loses them from the left only,
 * and a segment has the very records that were uploaded.
 */
final class CompactionPreservesData implements Invariant {
  private final Shadow shadow;

  CompactionPreservesData(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    HeadImage head = written.after().head();
    Shadow.Place place = new Shadow.Place(head.incarnation(), head.partition());
    PartitionHistory history = shadow.history(place);
    for (Batch batch : written.after().batches()) {
      if (batch.base() >= history.end()) {
        break;
      }
      Committed known = history.at(batch.base());
      if (known == null || !known.batch().equals(batch)) {
        throw broken(written.where() + ": here was " + known + ", and now is " + batch);
      }
    }
    if (written.before() != null
        && !head.isDeleted()
        && written.after().indexStart() < written.before().indexStart()) {
      throw broken(written.where() + ": the index begins earlier than before");
    }
    for (Item segment : written.after().segments()) {
      if (segment.label() != null
          && segment.end() > head.startOffset()
          && written.isLabelNew(new PartitionImage.Reference(Kind.SEGMENT, segment.label()))) {
        requireRecords(written, place, history, segment);
      }
    }
  }

  private void requireRecords(
      Change.HeadWritten written, Shadow.Place place, PartitionHistory history, Item segment) {
    List<String> records = new ArrayList<>();
    try {
      SegmentObject object =
          SegmentObject.parse(
              shadow
                  .body(place, Kind.SEGMENT, segment.requireLabel())
                  .orElseThrow(() -> new FormatException("it does not exist")));
      for (SegmentFooter.Block block : object.footer().blocks()) {
        records.addAll(Shadow.texts(object.block(block).records()));
      }
    } catch (FormatException e) {
      throw broken(written.where() + ": " + segment + ": " + e.getMessage());
    }
    boolean isInside = segment.data() >= 0 && segment.end() <= history.end();
    List<String> expected =
        isInside
            ? history.texts().subList((int) segment.data(), (int) segment.end())
            : List.of("something that was appended before");
    if (!records.equals(expected)) {
      throw broken(written.where() + ": " + segment + " has " + records + ", not " + expected);
    }
  }
}
