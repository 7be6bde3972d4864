package io.raftless.sim.check;

/**
 * What becomes part of the log was uploaded and asked for: its WAL object is there and has that
 * batch, with that count and checksum, and its records are those of whole appends that clients
 * made. (The first half is docs/protocol.md §3, "an immutable object counts as created when it was
 * seen".)
 */
final class NoPhantomEntries implements Invariant {

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    for (Committed added : written.added()) {
      if (added.trouble() != null) {
        throw broken(written.where() + ": " + added.batch() + ": " + added.trouble());
      }
      for (Committed.Part part : added.parts()) {
        if (!part.isWhole()) {
          throw broken(
              written.where()
                  + ": "
                  + added
                  + " has at offset "
                  + part.base()
                  + " what is not one whole append that somebody made: "
                  + part);
        }
      }
    }
  }
}
