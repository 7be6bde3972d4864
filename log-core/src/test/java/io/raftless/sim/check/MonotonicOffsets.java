package io.raftless.sim.check;

/**
 * Docs/protocol.md §5: nothing that counts ever goes back in a head, and its version grows by one
 * with every write.
 */
final class MonotonicOffsets implements Invariant {

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    HeadImage after = written.after().head();
    if (written.before() == null) {
      if (after.version() != 1 || after.nextOffset() != 0) {
        throw broken(written.where() + ": it begins at offset " + after.nextOffset());
      }
      return;
    }
    HeadImage before = written.before().head();
    if (after.version() != before.version() + 1) {
      throw broken(written.where() + ": it follows version " + before.version());
    }
    if (after.lastWrite().equals(before.lastWrite())) {
      throw broken(written.where() + ": two writes are called " + after.lastWrite());
    }
    require(written, "nextOffset", before.nextOffset(), after.nextOffset());
    require(written, "startOffset", before.startOffset(), after.startOffset());
    require(written, "compactionCursor", before.cursor(), after.cursor());
    require(written, "generation", before.generation(), after.generation());
    if (after.horizon().compareTo(before.horizon()) < 0) {
      throw broken(
          written.where()
              + ": the horizon goes from "
              + before.horizon()
              + " to "
              + after.horizon());
    }
    boolean isSameState = after.status().equals(before.status());
    if (!isSameState && after.generation() == before.generation() && !after.isDeleted()) {
      throw broken(
          written.where()
              + ": "
              + before.status()
              + " becomes "
              + after.status()
              + " in generation "
              + after.generation());
    }
    if (before.isDeleted() && !isSameState) {
      throw broken(written.where() + ": a deleted log becomes " + after.status());
    }
  }

  private void require(Change.HeadWritten written, String what, long before, long after) {
    if (after < before) {
      throw broken(written.where() + ": " + what + " goes from " + before + " to " + after);
    }
  }
}
