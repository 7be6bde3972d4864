package io.raftless.head;

import io.raftless.id.Label;
import java.util.concurrent.CompletableFuture;

/** Searches the index below a head for a label. */
@FunctionalInterface
public interface LabelLookup {

  /**
   * Looks for a batch with this label in nodes and in the sources of segments.
   *
   * @param absentUpTo an offset below which it is known not to be
   * @return a fact; fails with {@link io.raftless.cas.StaleStateException} if an object is gone
   */
  CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo);
}
