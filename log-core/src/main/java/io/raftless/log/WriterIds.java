package io.raftless.log;

import io.raftless.head.Acquire;
import io.raftless.head.StorePosition;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Who writes as what: acquires writer ids over all partitions of a log. */
final class WriterIds {
  private final RaftlessLog log;

  WriterIds(RaftlessLog log) {
    this.log = log;
  }

  /** See {@link RaftlessLog#acquire}. The first partition decides between newcomers that cross. */
  CompletableFuture<Map<Integer, WriterClaim>> acquire(String writerId, String holder) {
    return acquire(log.partition(0), new Acquire(writerId, holder, OptionalLong.empty()))
        .thenCompose(
            first -> {
              Acquire others =
                  new Acquire(writerId, holder, OptionalLong.of(first.outcome().rank()));
              List<CompletableFuture<Held>> rest =
                  IntStream.range(1, log.partitions())
                      .mapToObj(number -> acquire(log.partition(number), others))
                      .toList();
              return CompletableFuture.allOf(rest.toArray(CompletableFuture<?>[]::new))
                  .thenApply(
                      unused -> {
                        SortedMap<Integer, WriterClaim> claims = new TreeMap<>();
                        claims.put(0, first.claim());
                        rest.stream()
                            .map(CompletableFuture::join)
                            .forEach(held -> claims.put(held.claim().partition(), held.claim()));
                        return claims;
                      });
            });
  }

  /** A partition that was acquired. */
  private record Held(WriterClaim claim, Acquire.Outcome.Acquired outcome) {}

  private CompletableFuture<Held> acquire(Partition partition, Acquire acquire) {
    String what = "acquiring writer id '" + acquire.writerId() + "' on " + partition;
    return Failures.translated(
        partition.update(acquire).thenApply(outcome -> held(partition, acquire, outcome, what)),
        what);
  }

  private static Held held(
      Partition partition, Acquire acquire, Acquire.Outcome outcome, String what) {
    if (outcome instanceof Acquire.Outcome.Acquired acquired) {
      WriterClaim claim =
          new WriterClaim(
              partition.number(),
              acquire.writerId(),
              acquire.holder(),
              acquired.epoch(),
              acquired.position());
      return new Held(claim, acquired);
    }
    if (outcome instanceof Acquire.Outcome.Superseded superseded) {
      throw new RaftlessException.WriterFenced(
          what
              + ": holder '"
              + acquire.holder()
              + "' was superseded, '"
              + superseded.by()
              + "' holds it with epoch "
              + superseded.epoch()
              + "; stop one of the two, or use another writer id",
          superseded.by(),
          superseded.epoch());
    }
    if (outcome instanceof Acquire.Outcome.Deleted) {
      throw new RaftlessException.LogNotFound(what + ": the log was deleted");
    }
    throw new RaftlessException.Refused(
        what + ": the head has no room for it; release writer ids that are not used any more");
  }

  /** See {@link RaftlessLog#storePosition}. */
  CompletableFuture<Void> storePosition(WriterClaim claim, @Nullable String expected, String next) {
    Partition partition = log.partition(claim.partition());
    String what = "storing the position of writer id '" + claim.writerId() + "' on " + partition;
    StorePosition change = StorePosition.replacing(claim.writerId(), claim.epoch(), expected, next);
    return Failures.translated(
        partition.update(change).thenAccept(outcome -> requireStored(outcome, what)), what);
  }

  private static void requireStored(StorePosition.Outcome outcome, String what) {
    if (outcome instanceof StorePosition.Outcome.Refused refused) {
      throw Failures.rejected(refused.reason(), what, false);
    }
    if (outcome instanceof StorePosition.Outcome.Moved moved) {
      throw new RaftlessException.PositionMoved(
          what
              + ": the position is another one than the one to be replaced: somebody else stored"
              + " it. Decide again on what it is now",
          moved.position());
    }
    if (outcome instanceof StorePosition.Outcome.Untold) {
      throw new RaftlessException.UnknownOutcome(
          what
              + ": positions were stored since, and nobody can tell whether this one was among"
              + " them. Decide again on what it is now",
          new IllegalStateException("stored over"));
    }
  }
}
