package io.raftless.sim.check;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Docs/protocol.md §2, guarantee 3: the requests of one stream are in the log in the order in which
 * they were made, and none is there before all earlier ones are: an earlier one that failed would
 * have failed the later ones, until the client went on with another stream.
 */
final class WriterOrderKept implements Invariant {
  private final Shadow shadow;

  /** By partition and number of the call. */
  private final Set<String> there = new HashSet<>();

  WriterOrderKept(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    for (Committed added : written.added()) {
      added.parts().forEach(part -> check(written, part));
    }
  }

  private void check(Change.HeadWritten written, Committed.Part part) {
    int partition = written.after().head().partition();
    List<AskedAppend> calls = shadow.asked(partition).named(String.valueOf(part.name()));
    if (calls.size() != 1) {
      return; // A staged batch is in nobody's order.
    }
    AskedAppend asked = calls.get(0);
    there.add(partition + "/" + asked.id());
    for (AskedAppend earlier : shadow.asked(partition).stream(asked.stream())) {
      if (earlier.place() < asked.place() && !there.contains(partition + "/" + earlier.id())) {
        throw broken(
            written.where()
                + ": at offset "
                + part.base()
                + " is "
                + asked
                + ", but what the same stream asked for before is not there: "
                + earlier);
      }
    }
  }
}
