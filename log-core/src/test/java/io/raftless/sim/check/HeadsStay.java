package io.raftless.sim.check;

/**
 * Docs/protocol.md §5a and §12: {@code log.json} and heads are never deleted, nor are the cursors
 * of an incarnation that there is. (A create that is under way would bring back what was.)
 */
final class HeadsStay implements Invariant {
  private final Shadow shadow;

  HeadsStay(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.Deleted deleted)) {
      return;
    }
    StoredObject object = deleted.object();
    LogImage log = shadow.log();
    boolean stays =
        switch (object.kind()) {
          case HEAD, DESCRIPTOR -> true;
          case CURSOR -> log != null && object.incarnation().equals(log.incarnation());
          case NODE, SEGMENT, WAL, OTHER -> false;
        };
    if (stays) {
      throw broken(deleted.by() + " deletes " + object.key());
    }
  }
}
