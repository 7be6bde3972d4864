package io.raftless.sim.check;

import java.util.List;

/**
 * Docs/protocol.md §2, guarantee 3: offsets are dense and unique. Over both indexes each batch
 * begins where the one before ends, the last one ends at the next offset, and what is new begins
 * where the log ended.
 */
final class NoOffsetDuplicates implements Invariant {
  private final Shadow shadow;

  NoOffsetDuplicates(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    HeadImage head = written.after().head();
    if (head.isDeleted()) {
      return; // Its index is not looked at any more.
    }
    List<Batch> batches = written.after().batches();
    for (int i = 1; i < batches.size(); i++) {
      if (batches.get(i).base() != batches.get(i - 1).end()) {
        throw broken(
            written.where() + ": " + batches.get(i - 1) + " is followed by " + batches.get(i));
      }
    }
    long end =
        batches.isEmpty()
            ? shadow.history(new Shadow.Place(head.incarnation(), head.partition())).end()
            : batches.get(batches.size() - 1).end();
    if (end != head.nextOffset()) {
      throw broken(
          written.where()
              + ": the index ends at "
              + end
              + ", and the next offset is "
              + head.nextOffset());
    }
    long expected = shadow.history(new Shadow.Place(head.incarnation(), head.partition())).end();
    for (Committed added : written.added()) {
      if (added.batch().base() != expected) {
        throw broken(written.where() + ": " + added + " follows offset " + expected);
      }
      expected = added.batch().end();
    }
    if (head.nextOffset() != expected) {
      throw broken(
          written.where()
              + ": the log reached offset "
              + expected
              + ", and the next offset is "
              + head.nextOffset());
    }
  }
}
