package io.raftless.flink.sink;

import io.raftless.log.CommitResult;
import io.raftless.log.StagedBatch;
import io.raftless.log.WriterClaim;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.flink.api.connector.sink2.Committer;
import org.jspecify.annotations.Nullable;

/**
 * The second phase: appends what the writers staged, with one conditional write per partition, all
 * partitions at the same time.
 *
 * <p>It appends as the sink id, which it acquires for its submission first. Several attempts of one
 * submission may commit the same batches at the same time: a batch is in the log at most once,
 * whoever commits it (design §4). Committers of another submission are fenced by the acquire.
 *
 * <p>A commit that failed half way is simply made again, after a restart if need be: what is in the
 * log is found by its label and skipped.
 */
final class HeadCommitter implements Committer<StagedObject> {
  private final SinkSettings<?> settings;
  private final OpenLog log;

  /** By partition; null until acquired. */
  private @Nullable Map<Integer, WriterClaim> claims;

  HeadCommitter(SinkSettings<?> settings, OpenLog log) {
    this.settings = settings;
    this.log = log;
  }

  /**
   * Takes the sink id over on every partition, unless it did before. From then on no older
   * submission commits.
   */
  Map<Integer, WriterClaim> acquire() throws IOException, InterruptedException {
    if (claims == null) {
      claims =
          new PersistentAttempts(settings, "acquire the sink id")
              .untilDone(() -> log.log().acquire(settings.sinkId(), settings.submissionId()));
    }
    return claims;
  }

  @Override
  public void commit(Collection<CommitRequest<StagedObject>> requests)
      throws IOException, InterruptedException {
    if (requests.isEmpty()) {
      return;
    }
    Map<Integer, WriterClaim> acquired = acquire();
    Map<Integer, Supplier<CompletableFuture<CommitResult>>> commits = new TreeMap<>();
    int batches = 0;
    for (var entry : byPartition(requests).entrySet()) {
      int partition = entry.getKey();
      List<StagedBatch> staged = entry.getValue();
      WriterClaim claim = acquired.get(partition);
      if (claim == null) {
        if (!staged.get(0).incarnation().equals(log.log().incarnation())) {
          throw CommitFailure.otherIncarnation(settings, null);
        }
        // The log grew since it was opened here; the restarted committer acquires all partitions.
        throw new IOException(
            "log " + settings.log() + ": partition " + partition + " was not acquired");
      }
      commits.put(partition, () -> log.log().commit(partition, staged, claim, null));
      batches += staged.size();
    }
    Collection<CommitResult> results =
        new PersistentAttempts(settings, "commit").untilAllDone(commits).values();
    if (results.stream().mapToInt(CommitResult::alreadyCommitted).sum() == batches) {
      requests.forEach(CommitRequest::signalAlreadyCommitted);
    }
  }

  private static Map<Integer, List<StagedBatch>> byPartition(
      Collection<CommitRequest<StagedObject>> requests) {
    Map<Integer, List<StagedBatch>> byPartition = new TreeMap<>();
    requests.stream()
        .map(CommitRequest::getCommittable)
        .sorted(StagedObject.APPEND_ORDER)
        .flatMap(object -> object.batches().stream())
        .forEach(
            batch ->
                byPartition
                    .computeIfAbsent(batch.partition(), partition -> new ArrayList<>())
                    .add(batch));
    return byPartition;
  }

  @Override
  public void close() {
    log.close();
  }
}
