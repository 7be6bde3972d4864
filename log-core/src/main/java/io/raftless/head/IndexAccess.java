package io.raftless.head;

import io.raftless.id.Label;
import io.raftless.index.IndexNode;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What transitions need of the index below the head. Thread-safe. */
public interface IndexAccess extends LabelLookup {

  /** A node, if this process has it at hand. */
  Optional<IndexNode> known(Label node);

  /** Reads a node; fails with {@link io.raftless.cas.StaleStateException} if it is gone. */
  CompletableFuture<IndexNode> read(int partition, Label node);

  /** Keeps a node that this process is about to store: it is the next one to be needed. */
  void remember(Label label, IndexNode node);
}
