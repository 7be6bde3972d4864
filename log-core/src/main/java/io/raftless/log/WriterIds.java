package io.raftless.log;

import io.raftless.head.Acquire;
import io.raftless.head.ForgetWriter;
import io.raftless.head.StorePosition;
import java.util.Collection;
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
  private final CurrentLog current;

  WriterIds(RaftlessLog log, CurrentLog current) {
    this.log = log;
    this.current = current;
  }

  /**
   * See {@link RaftlessLog#acquire}. On the partitions that {@code log.json} names now, so that a
   * holder gets hold of new ones by acquiring again.
   */
  CompletableFuture<Map<Integer, WriterClaim>> acquire(String writerId, String holder) {
    Acquire onFirst = Acquire.of(writerId, holder, OptionalLong.empty());
    return Failures.translated(
        current.refresh().thenCompose(now -> acquire(onFirst, now.partitions())),
        "acquiring writer id '" + writerId + "' of log " + log.id());
  }

  /** See {@link RaftlessLog#acquire(int, String, String)}. */
  CompletableFuture<WriterClaim> acquire(int partition, String writerId, String holder) {
    Acquire alone = Acquire.of(writerId, holder, OptionalLong.empty());
    return Failures.translated(
        log.partitionIfExists(partition)
            .thenCompose(there -> acquire(there, alone))
            .thenApply(Held::claim),
        "acquiring writer id '" + writerId + "' on partition " + partition + " of " + log.id());
  }

  /** The first partition decides between newcomers that cross. */
  private CompletableFuture<Map<Integer, WriterClaim>> acquire(Acquire onFirst, int partitions) {
    String writerId = onFirst.writerId();
    String holder = onFirst.holder();
    return acquire(log.partition(0), onFirst)
        .thenCompose(
            first -> {
              Acquire others =
                  Acquire.of(writerId, holder, OptionalLong.of(first.outcome().rank()));
              List<CompletableFuture<Held>> rest =
                  IntStream.range(1, partitions)
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

  /** See {@link RaftlessLog#release}. */
  CompletableFuture<Void> release(Collection<WriterClaim> claims, Forgetting forgetting) {
    return CompletableFuture.allOf(
        claims.stream()
            .map(
                claim ->
                    forget(claim.partition(), claim.writerId(), claim.epoch(), forgetting, true))
            .toArray(CompletableFuture<?>[]::new));
  }

  /** See {@link RaftlessLog#forgetWriter}. */
  CompletableFuture<Void> forget(
      int partition, String writerId, long epoch, Forgetting forgetting) {
    return forget(partition, writerId, epoch, forgetting, false);
  }

  private CompletableFuture<Void> forget(
      int partition, String writerId, long epoch, Forgetting forgetting, boolean isRelease) {
    String what =
        "forgetting writer id '" + writerId + "' on partition " + partition + " of log " + log.id();
    ForgetWriter transition =
        new ForgetWriter(writerId, epoch, forgetting == Forgetting.EVERYTHING);
    return Failures.translated(
        log.partitionIfExists(partition)
            .thenCompose(there -> there.update(transition))
            .thenAccept(outcome -> requireForgotten(outcome, epoch, isRelease, what)),
        what);
  }

  private static void requireForgotten(
      ForgetWriter.Outcome outcome, long epoch, boolean isRelease, String what) {
    if (outcome instanceof ForgetWriter.Outcome.Deleted) {
      throw new RaftlessException.LogNotFound(what + ": the log was deleted");
    }
    if (outcome instanceof ForgetWriter.Outcome.HeldByAnother another && !isRelease) {
      throw new RaftlessException.Refused(
          what
              + ": it is not held with epoch "
              + epoch
              + " any more, but by '"
              + another.holder()
              + "' with epoch "
              + another.epoch()
              + "; look again, then decide");
    }
    if (outcome instanceof ForgetWriter.Outcome.Remembers remembers) {
      throw new RaftlessException.Refused(
          what
              + ": it has "
              + (remembers.entry().position() == null ? "no" : "a")
              + " position and "
              + remembers.entry().superseded().size()
              + " superseded holders. Without the position its input is written again, without the"
              + " holders they can come back; say "
              + Forgetting.EVERYTHING
              + " if that is meant");
    }
  }
}
