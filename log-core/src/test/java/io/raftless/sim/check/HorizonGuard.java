package io.raftless.sim.check;

import io.raftless.id.Label;
import io.raftless.sim.check.StoredObject.Kind;
import java.util.HashSet;
import java.util.Set;

/**
 * Docs/protocol.md §12: no label below the horizon of a head is newly introduced into its index, be
 * it of a batch, of what batches were written out to, a node, a list of sources or a segment. A
 * label leaves the index only when it is below the horizon and its records are trimmed. And what is
 * deleted is below the horizon of {@code log.json} and of every head, so that nobody can introduce
 * it afterwards.
 */
final class HorizonGuard implements Invariant {
  private final Shadow shadow;

  HorizonGuard(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.HeadWritten written) {
      check(written);
    } else if (change instanceof Change.Deleted deleted && deleted.object().label() != null) {
      check(deleted, deleted.object().label());
    }
  }

  private void check(Change.HeadWritten written) {
    HeadImage head = written.after().head();
    if (head.isDeleted()) {
      return; // Its index is not looked at any more.
    }
    Label horizon = head.horizon();
    for (Committed added : written.added()) {
      if (added.batch().label().compareTo(horizon) < 0) {
        throw broken(written.where() + ": new, and below the horizon " + horizon + ": " + added);
      }
    }
    Set<Label> batches = new HashSet<>();
    written.after().batches().forEach(batch -> batches.add(batch.label()));
    for (PartitionImage.Reference reference : written.after().needed()) {
      // An object that has the label of a batch was looked at with it.
      if (!(reference.kind() == Kind.WAL && batches.contains(reference.label()))
          && reference.label().compareTo(horizon) < 0
          && written.isLabelNew(reference)
          && !wasTrimmedAlready(written, reference)) {
        throw broken(
            written.where() + ": new, and below the horizon " + horizon + ": " + reference);
      }
    }
    if (written.before() == null) {
      return;
    }
    for (Batch batch : written.before().batches()) {
      if (batch.base() >= written.after().indexStart()) {
        break;
      }
      if (batch.label().compareTo(horizon) >= 0 || batch.end() > head.startOffset()) {
        throw broken(
            written.where()
                + ": "
                + batch
                + " is forgotten, with horizon "
                + horizon
                + " and start "
                + head.startOffset());
      }
    }
  }

  /** The start never goes back, so what was not needed for it is not needed later. */
  private static boolean wasTrimmedAlready(
      Change.HeadWritten written, PartitionImage.Reference reference) {
    return written.before() != null
        && reference.kind() == Kind.SEGMENT
        && written.before().segments().stream()
            .anyMatch(segment -> reference.label().equals(segment.label()));
  }

  private void check(Change.Deleted deleted, Label label) {
    LogImage log = shadow.log();
    String incarnation = deleted.object().incarnation();
    if (log == null || log.isDeleted() || !log.incarnation().equals(incarnation)) {
      return; // Nothing of a deleted log is introduced anywhere.
    }
    if (label.compareTo(log.horizon()) >= 0) {
      throw broken(
          deleted.by()
              + " deletes "
              + deleted.object().key()
              + ", above the horizon "
              + log.horizon()
              + " of log.json");
    }
    shadow
        .partitions()
        .forEach(
            (place, image) -> {
              if (place.incarnation().equals(incarnation)
                  && label.compareTo(image.head().horizon()) >= 0) {
                throw broken(
                    deleted.by()
                        + " deletes "
                        + deleted.object().key()
                        + ", above the horizon "
                        + image.head().horizon()
                        + " of partition "
                        + place.partition());
              }
            });
  }
}
