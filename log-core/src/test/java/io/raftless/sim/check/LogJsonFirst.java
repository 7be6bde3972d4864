package io.raftless.sim.check;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Docs/protocol.md §3: what concerns the whole log goes to {@code log.json} first and to the heads
 * second. So a head's state is one that {@code log.json} had, its horizon is not ahead of it, and
 * there is no head of a partition that it does not name.
 */
final class LogJsonFirst implements Invariant {
  private final Shadow shadow;
  private final Map<String, String> states = new HashMap<>();

  LogJsonFirst(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.DescriptorWritten written) {
      LogImage log = written.after();
      states.put(log.incarnation() + "/" + log.generation(), log.status());
    } else if (change instanceof Change.HeadWritten written) {
      HeadImage head = written.after().head();
      String status = states.get(head.incarnation() + "/" + head.generation());
      if (!head.status().equals(status)) {
        throw broken(
            written.where()
                + ": it is "
                + head.status()
                + " in generation "
                + head.generation()
                + ", but log.json "
                + (status == null ? "never had that" : "was " + status));
      }
      requireNotAhead(written, head, shadow.log());
    }
  }

  private void requireNotAhead(Change.HeadWritten written, HeadImage head, @Nullable LogImage log) {
    if (log == null || !log.incarnation().equals(head.incarnation())) {
      return;
    }
    if (head.partition() >= log.partitions() || head.horizon().compareTo(log.horizon()) > 0) {
      throw broken(written.where() + ": horizon " + head.horizon() + ", but log.json says " + log);
    }
  }
}
