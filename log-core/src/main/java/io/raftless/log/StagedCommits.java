package io.raftless.log;

import io.raftless.head.AppendOutcome;
import io.raftless.head.AppendRequest;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The second phase of a two-phase append: recommit of the protocol. */
final class StagedCommits {
  private final RaftlessLog log;

  StagedCommits(RaftlessLog log) {
    this.log = log;
  }

  /** See {@link RaftlessLog#commit}. */
  CompletableFuture<CommitResult> commit(
      int partition,
      List<StagedBatch> batches,
      @Nullable WriterClaim claim,
      @Nullable String position) {
    if (claim != null && claim.partition() != partition) {
      throw new IllegalArgumentException(
          "the claim is for partition " + claim.partition() + ", not " + partition);
    }
    for (StagedBatch batch : batches) {
      requireSamePartition(batch, partition);
      if (!batch.incarnation().equals(log.incarnation())) {
        return CompletableFuture.failedFuture(otherIncarnation(batch));
      }
    }
    AppendRequest request =
        new AppendRequest(
            new Object(),
            fencing(claim),
            OptionalLong.empty(),
            batches.stream().map(StagedBatch::batch).toList(),
            position,
            false);
    return Failures.translated(
        log.partitionIfExists(partition).thenCompose(target -> append(target, request)),
        "the commit to partition " + partition + " of log " + log.id());
  }

  private static CompletableFuture<CommitResult> append(Partition target, AppendRequest request) {
    return target
        .append(List.of(request))
        .thenApply(
            outcomes -> {
              if (outcomes.get(0) instanceof AppendOutcome.Committed committed) {
                return new CommitResult(committed.baseOffsets(), committed.alreadyCommitted());
              }
              throw Failures.rejected(
                  (AppendOutcome.Rejected) outcomes.get(0), target.toString(), true);
            });
  }

  private static void requireSamePartition(StagedBatch batch, int partition) {
    if (batch.partition() != partition) {
      throw new IllegalArgumentException(
          "batch "
              + batch.batch().label()
              + " was staged for partition "
              + batch.partition()
              + ", not "
              + partition);
    }
  }

  private RaftlessException otherIncarnation(StagedBatch batch) {
    return new RaftlessException.OtherIncarnation(
        "batch "
            + batch.batch().label()
            + " was staged for incarnation "
            + batch.incarnation()
            + " of log "
            + log.id()
            + ", which was deleted and created again as "
            + log.incarnation()
            + ": it must not be written here. Start without this state");
  }

  private static AppendRequest.@Nullable Fencing fencing(@Nullable WriterClaim claim) {
    return claim == null ? null : new AppendRequest.Fencing(claim.writerId(), claim.epoch());
  }
}
