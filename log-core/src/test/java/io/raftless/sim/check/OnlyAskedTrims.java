package io.raftless.sim.check;

import io.raftless.sim.history.Call;
import java.util.HashSet;
import java.util.Set;

/** Docs/protocol.md §6: the start moves to where somebody asked it to, and nowhere else. */
final class OnlyAskedTrims implements Invariant {
  private final Set<String> asked = new HashSet<>();

  @Override
  public void check(Change change) {
    if (change instanceof Change.Asked call && call.call() instanceof Call.Trim trim) {
      asked.add(call.partition() + "/" + trim.to());
    } else if (change instanceof Change.HeadWritten written) {
      HeadImage after = written.after().head();
      long before = written.before() == null ? 0 : written.before().head().startOffset();
      if (after.startOffset() != before
          && !asked.contains(after.partition() + "/" + after.startOffset())) {
        throw broken(
            written.where()
                + ": the start goes from "
                + before
                + " to "
                + after.startOffset()
                + ", and nobody asked for that");
      }
    }
  }
}
