package io.raftless.sim.check;

/**
 * Docs/protocol.md §5a: the version of {@code log.json} grows by one with every write; in one
 * incarnation there are never fewer partitions, and generation and horizon grow. Another
 * incarnation follows only a deleted one.
 */
final class DescriptorNeverGoesBack implements Invariant {

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.DescriptorWritten written)) {
      return;
    }
    LogImage before = written.before();
    LogImage after = written.after();
    if (after.version() != (before == null ? 1 : before.version() + 1)) {
      throw broken(written.by() + " wrote version " + after.version() + " over " + before);
    }
    if (before == null) {
      return;
    }
    boolean isSame = after.incarnation().equals(before.incarnation());
    if (!isSame && !before.isDeleted()) {
      throw broken(written.by() + " made another incarnation of a log that lives: " + before);
    }
    if (isSame
        && (after.partitions() < before.partitions()
            || after.generation() < before.generation()
            || after.horizon().compareTo(before.horizon()) < 0
            || (before.isDeleted() && !after.isDeleted()))) {
      throw broken(written.by() + " wrote " + after + " over " + before);
    }
  }
}
