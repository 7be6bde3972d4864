package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.util.HashMap;
import java.util.Map;

/**
 * Docs/protocol.md §2, guarantee 4: a head that is fenced or deleted takes no append and no
 * position; and once somebody was told of a fence, every head has that state or a later one.
 */
final class FencedRejectsAppends implements Invariant {
  private final Shadow shadow;
  private final Map<Integer, Long> told = new HashMap<>();

  FencedRejectsAppends(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.Told heard
        && (heard.call() instanceof Call.Fence || heard.call() instanceof Call.Unfence)
        && heard.answer() instanceof Answer.Generation state) {
      told.merge(heard.partition(), state.generation(), Math::max);
      PartitionImage image = shadow.partition(heard.partition());
      if (image != null && image.head().generation() < state.generation()) {
        throw broken(
            heard.client()
                + " was told of generation "
                + state.generation()
                + ", but partition "
                + heard.partition()
                + " is in "
                + image.head().generation());
      }
    } else if (change instanceof Change.HeadWritten written) {
      check(written);
    }
  }

  private void check(Change.HeadWritten written) {
    HeadImage after = written.after().head();
    HeadImage before = written.before() == null ? after : written.before().head();
    LogImage log = shadow.log();
    boolean isCurrent = log != null && log.incarnation().equals(after.incarnation());
    long atLeast = isCurrent ? told.getOrDefault(after.partition(), 0L) : 0;
    if (after.generation() < atLeast) {
      throw broken(
          written.where()
              + ": it is in generation "
              + after.generation()
              + ", but "
              + atLeast
              + " was told");
    }
    if (before.isOpen()) {
      return;
    }
    if (!written.added().isEmpty()) {
      throw broken(written.where() + ": " + before.status() + ", but it takes " + written.added());
    }
    before
        .writers()
        .forEach(
            (writerId, writer) -> {
              HeadImage.Writer now = after.writers().get(writerId);
              if (now != null && now.stores() != writer.stores()) {
                throw broken(
                    written.where()
                        + ": "
                        + before.status()
                        + ", but the position of "
                        + writerId
                        + " goes from "
                        + writer.position()
                        + " to "
                        + now.position());
              }
            });
  }
}
