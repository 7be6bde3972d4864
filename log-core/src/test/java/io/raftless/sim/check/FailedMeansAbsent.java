package io.raftless.sim.check;

import io.raftless.sim.history.Call;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Docs/protocol.md §2, guarantee 7: who was told that an append failed, or was refused, never sees
 * it in the log. A staged batch may be there by somebody else's commit, so for each batch that came
 * into the log at least one call must be left that may have done it.
 */
final class FailedMeansAbsent implements Invariant {
  private final Shadow shadow;

  /** By partition and name: the calls that may have brought it. */
  private final Map<String, Set<Integer>> causes = new HashMap<>();

  FailedMeansAbsent(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.HeadWritten written) {
      for (Committed added : written.added()) {
        added.parts().forEach(part -> came(written, added, part));
      }
    } else if (change instanceof Change.Told told && told.call() instanceof Call.Append append) {
      AskedAppend asked = shadow.asked(told.partition()).call(told.id());
      if (asked == null || !asked.hadNone()) {
        return;
      }
      Set<Integer> left = causes.get(told.partition() + "/" + append.batch());
      if (left != null && left.remove(told.id()) && left.isEmpty()) {
        throw broken(
            told.client()
                + " was told "
                + told.answer()
                + " of "
                + append
                + ", but it is in partition "
                + told.partition()
                + " at offset "
                + shadow.history(told.partition()).part(append.batch()));
      }
    }
  }

  private void came(Change.HeadWritten written, Committed added, Committed.Part part) {
    if (part.candidates().isEmpty()) {
      throw broken(
          written.where()
              + ": "
              + added
              + " came after everybody who asked for "
              + part.name()
              + " was told that it does not: "
              + shadow
                  .asked(written.after().head().partition())
                  .named(String.valueOf(part.name())));
    }
    Set<Integer> ids = new HashSet<>();
    part.candidates().forEach(asked -> ids.add(asked.id()));
    causes.put(written.after().head().partition() + "/" + part.name(), ids);
  }
}
