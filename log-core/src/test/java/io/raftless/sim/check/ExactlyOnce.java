package io.raftless.sim.check;

import io.raftless.id.Label;
import java.util.HashSet;
import java.util.Set;

/**
 * Docs/protocol.md §2, guarantee 2: a label is at most once in both indexes of a partition, the
 * lists of sources included, and never comes back after it was there; and so it is with what a
 * client appended, under whatever label.
 */
final class ExactlyOnce implements Invariant {
  private final Shadow shadow;

  ExactlyOnce(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    Set<Label> labels = new HashSet<>();
    for (Batch batch : written.after().batches()) {
      if (!labels.add(batch.label())) {
        throw broken(written.where() + ": the index has " + batch + " twice");
      }
    }
    HeadImage head = written.after().head();
    PartitionHistory history =
        shadow.history(new Shadow.Place(head.incarnation(), head.partition()));
    Set<String> texts = new HashSet<>();
    for (Committed added : written.added()) {
      Committed before = history.of(added.batch().label());
      if (before != null) {
        throw broken(written.where() + ": " + added + " was there before, as " + before);
      }
      for (String text : added.texts()) {
        if (history.has(text) || !texts.add(text)) {
          throw broken(
              written.where() + ": record " + text + " is there a second time, in " + added);
        }
      }
    }
  }
}
