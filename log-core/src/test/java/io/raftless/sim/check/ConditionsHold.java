package io.raftless.sim.check;

import java.util.List;

/** Docs/protocol.md §5: an append that names the offset that it expects is there or nowhere. */
final class ConditionsHold implements Invariant {

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    for (Committed added : written.added()) {
      for (Committed.Part part : added.parts()) {
        List<AskedAppend> calls = part.candidates();
        if (!calls.isEmpty() && calls.stream().noneMatch(asked -> holds(asked, part.base()))) {
          throw broken(
              written.where()
                  + ": at offset "
                  + part.base()
                  + " is what can only come from "
                  + calls);
        }
      }
    }
  }

  private static boolean holds(AskedAppend asked, long base) {
    Long expected = asked.call().expectedNextOffset();
    return expected == null || expected == base;
  }
}
