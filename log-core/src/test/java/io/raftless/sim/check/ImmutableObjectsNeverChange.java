package io.raftless.sim.check;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Docs/protocol.md §3: what is below {@code wal/}, {@code segment/} and {@code node/} is created
 * under a label that nobody else has, and never overwritten. It may come back after it was deleted,
 * by a create that was on its way all the time; but it never becomes another one.
 */
final class ImmutableObjectsNeverChange implements Invariant {
  private final Map<String, ByteBuffer> created = new HashMap<>();

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.Written written) || !written.object().kind().isImmutable()) {
      return;
    }
    String key = written.object().key();
    if (!written.isCreate()) {
      throw broken(written.by() + " replaces " + key);
    }
    ByteBuffer before = created.putIfAbsent(key, written.body());
    if (before != null && !before.equals(written.body())) {
      throw broken(written.by() + " creates " + key + " again, as another one");
    }
  }
}
