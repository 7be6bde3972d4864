package io.raftless.sim.check;

/**
 * Docs/protocol.md §2, guarantee 6: everything reachable from a head exists: index nodes and lists
 * of sources, whatever was trimmed; WAL objects and segments that have readable records. What a
 * head refers to is there before it, and what is deleted is needed by nobody.
 */
final class NoDanglingReference implements Invariant {
  private final Shadow shadow;

  NoDanglingReference(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.HeadWritten written) {
      if (!written.after().unreadable().isEmpty()) {
        throw broken(written.where() + ": " + written.after().unreadable());
      }
      HeadImage head = written.after().head();
      Shadow.Place place = new Shadow.Place(head.incarnation(), head.partition());
      for (PartitionImage.Reference reference : written.after().needed()) {
        // What the head before needed was there then, and was not deleted since.
        if (written.isLabelNew(reference) && !shadow.exists(shadow.key(place, reference))) {
          throw broken(written.where() + ": " + reference + " does not exist");
        }
      }
    } else if (change instanceof Change.Deleted deleted && deleted.object().label() != null) {
      check(
          deleted, new PartitionImage.Reference(deleted.object().kind(), deleted.object().label()));
    }
  }

  private void check(Change.Deleted deleted, PartitionImage.Reference reference) {
    StoredObject object = deleted.object();
    shadow
        .partitions()
        .forEach(
            (place, image) -> {
              if (place.incarnation().equals(object.incarnation())
                  && image.needed().contains(reference)) {
                throw broken(
                    deleted.by()
                        + " deletes "
                        + object.key()
                        + ", which partition "
                        + place.partition()
                        + " needs in version "
                        + image.head().version());
              }
            });
  }
}
