package io.raftless.maintenance;

import io.raftless.cas.StaleStateException;
import io.raftless.head.Head;
import io.raftless.head.Trim;
import io.raftless.index.Item;
import io.raftless.runtime.LogRuntime;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trims partitions to what shall be kept. Every target is an offset that is found first and stays:
 * what is appended meanwhile is never trimmed, whatever becomes of the attempts.
 *
 * <p>Thread-safe.
 */
public final class Retention {
  /** Compaction and vacuum may take away a head's nodes as often while they are read. */
  private static final int MOST_LOOKS = 10;

  private final LogRuntime runtime;

  /** For logs of one runtime. */
  public Retention(LogRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * Applies a policy to a partition. The future does not fail: what went wrong is in the outcome,
   * and then nothing was trimmed, as far as anybody can tell.
   *
   * @param pins the first offset of a partition that must stay, whatever the policy says; empty if
   *     there is none. If it fails, nothing is trimmed: who cannot tell what was read keeps it
   */
  public CompletableFuture<RetentionOutcome> apply(
      PartitionHead partition,
      RetentionPolicy policy,
      IntFunction<CompletableFuture<OptionalLong>> pins) {
    return partition
        .readHead()
        .thenCompose(
            found ->
                found.isEmpty()
                    ? CompletableFuture.completedFuture(nothing(partition, 0, null))
                    : apply(partition, found.get(), policy, pins))
        .exceptionally(trouble -> nothing(partition, 0, unwrapped(trouble)));
  }

  private CompletableFuture<RetentionOutcome> apply(
      PartitionHead partition,
      Head head,
      RetentionPolicy policy,
      IntFunction<CompletableFuture<OptionalLong>> pins) {
    long start = head.startOffset();
    return target(partition, head, policy)
        .thenCompose(
            wanted ->
                wanted <= start
                    ? CompletableFuture.completedFuture(
                        new RetentionOutcome(
                            partition.number(), start, start, wanted, OptionalLong.empty(), null))
                    : pins.apply(partition.number())
                        .thenCompose(pin -> trim(partition, start, wanted, pin)))
        .exceptionally(trouble -> nothing(partition, start, unwrapped(trouble)));
  }

  private static CompletableFuture<RetentionOutcome> trim(
      PartitionHead partition, long start, long wanted, OptionalLong pin) {
    long target = pin.isPresent() ? Math.min(wanted, pin.getAsLong()) : wanted;
    if (target <= start) {
      return CompletableFuture.completedFuture(
          new RetentionOutcome(partition.number(), start, start, wanted, pin, null));
    }
    return partition
        .update(new Trim(target))
        .thenApply(
            outcome -> {
              long after = outcome instanceof Trim.Outcome.Trimmed now ? now.startOffset() : start;
              return new RetentionOutcome(partition.number(), start, after, wanted, pin, null);
            });
  }

  private static RetentionOutcome nothing(
      PartitionHead partition, long start, @Nullable Throwable failure) {
    return new RetentionOutcome(
        partition.number(), start, start, start, OptionalLong.empty(), failure);
  }

  /** The first offset that the limits keep, at most the end of the head. */
  private CompletableFuture<Long> target(
      PartitionHead partition, Head head, RetentionPolicy policy) {
    CompletableFuture<Long> byAge =
        policy
            .age()
            .map(age -> looking(partition, head, h -> firstAt(partition, h, cutoff(age)), 1))
            .orElseGet(() -> CompletableFuture.completedFuture(0L));
    CompletableFuture<Long> byBytes =
        policy.bytes().isPresent()
            ? looking(
                partition,
                head,
                h -> partition.index().tailWithin(h, policy.bytes().getAsLong()),
                1)
            : CompletableFuture.completedFuture(0L);
    long byOffset = Math.min(policy.from(), head.nextOffset());
    return byAge.thenCombine(byBytes, (age, bytes) -> Math.max(byOffset, Math.max(age, bytes)));
  }

  /**
   * What is older is too old: by this machine's clock or the store's, whichever is behind.
   * *Because* one that is ahead would trim what is young.
   */
  private long cutoff(Duration age) {
    long behindMillis =
        runtime.labels().storeAhead().map(ahead -> Math.min(0, ahead.toMillis())).orElse(0L);
    long now = runtime.clock().millis() + behindMillis;
    return now - age.toMillis();
  }

  /**
   * Where the first batch or segment begins that is readable and has a record of that time or
   * later; the end of the head that was read if there is none.
   *
   * @param timestamp milliseconds since the epoch
   */
  public CompletableFuture<Long> firstAt(PartitionHead partition, long timestamp) {
    return partition
        .readHead()
        .thenCompose(
            head ->
                head.isEmpty()
                    ? CompletableFuture.completedFuture(0L)
                    : looking(partition, head.get(), h -> firstAt(partition, h, timestamp), 1));
  }

  private static CompletableFuture<Long> firstAt(
      PartitionHead partition, Head head, long timestamp) {
    return partition
        .index()
        .itemAtTime(head, timestamp)
        .thenApply(item -> item.map(Item::baseOffset).orElse(head.nextOffset()));
  }

  /** Looks into the index; into that of a newer head if a node is gone. */
  private static CompletableFuture<Long> looking(
      PartitionHead partition,
      Head head,
      Function<Head, CompletableFuture<Long>> search,
      int looks) {
    return search
        .apply(head)
        .exceptionallyCompose(
            trouble ->
                unwrapped(trouble) instanceof StaleStateException && looks < MOST_LOOKS
                    ? partition
                        .readHead()
                        .thenCompose(
                            newer -> looking(partition, newer.orElse(head), search, looks + 1))
                    : CompletableFuture.failedFuture(unwrapped(trouble)));
  }

  private static Throwable unwrapped(Throwable trouble) {
    Throwable cause = trouble;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
