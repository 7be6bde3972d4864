package io.raftless.head;

import io.raftless.id.Label;
import java.util.concurrent.CompletableFuture;

/** Searches the nodes of a head's index for a label. */
@FunctionalInterface
public interface LabelLookup {

  /**
   * Looks below level 0 for a batch with this label.
   *
   * @param absentUpTo an offset below which it is known not to be
   * @return a fact; fails with {@link io.raftless.cas.StaleStateException} if a node is gone
   */
  CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo);
}
