package io.raftless.maintenance;

import io.raftless.cas.Transition;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One partition as maintenance sees it. Thread-safe. */
public interface PartitionHead {

  /** Which partition. */
  int number();

  /** The head as the store has it now; empty if nobody created it yet. */
  CompletableFuture<Optional<Head>> readHead();

  /** Applies a transition to the head, which is created first if it is missing. */
  <R> CompletableFuture<R> update(Transition<Head, R> transition);

  /** Reads below the head. */
  IndexReader index();
}
