package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;
import io.raftless.log.CommitResult;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.flink.api.connector.sink2.Committer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second phase: appends what the writers staged, with one conditional write per partition, all
 * partitions at the same time.
 *
 * <p>It appends as the sink id, which it acquires for its submission first. Several attempts of one
 * submission may commit the same batches at the same time: a batch is in the log at most once,
 * whoever commits it (design §4). Committers of another submission are fenced by the acquire. So
 * are, where a whole input is committed without checkpoints, other committers of the same
 * submission: *because* writers that run again stage the same records under other labels.
 *
 * <p>A commit that failed half way is simply made again, after a restart if need be: what is in the
 * log is found by its digest or by its label, and skipped.
 */
final class HeadCommitter implements Committer<StagedObject> {
  private static final Logger LOG = LoggerFactory.getLogger(HeadCommitter.class);

  private final SinkSettings<?> settings;
  private final Run run;
  private final Clock clock;
  private final Consumer<OpenLog> whenOpened;

  private final String wholeInputHolder;

  /** Null until it is needed: most subtasks never commit. */
  private @Nullable OpenLog log;

  /** By partition; null until acquired. */
  private @Nullable Map<Integer, OwnedHead> heads;

  /**
   * @param whenOpened hears of the log that was opened
   */
  HeadCommitter(SinkSettings<?> settings, Run run, Clock clock, Consumer<OpenLog> whenOpened) {
    this.settings = settings;
    this.run = run;
    this.clock = clock;
    this.whenOpened = whenOpened;
    this.wholeInputHolder = Submission.holderOfWholeInput(settings.submissionId(), run.jobName());
  }

  /**
   * Takes the sink id over on every partition, for a job that starts without state. From then on no
   * older submission commits.
   */
  void acquire() throws IOException, InterruptedException {
    if (heads == null) {
      try {
        heads = usualTakeover().withoutState();
      } catch (SupersededBySelfException e) {
        // A committer that is started again in a batch job. It will acquire for itself.
        LOG.info("not the first committer of a whole input", e);
      }
    }
  }

  private Takeover usualTakeover() throws IOException {
    return new Takeover(settings, log(), Submission.holder(settings.submissionId(), run.jobName()));
  }

  private Takeover wholeInputTakeover() throws IOException {
    return new Takeover(settings, log(), wholeInputHolder);
  }

  @Override
  public void commit(Collection<CommitRequest<StagedObject>> requests)
      throws IOException, InterruptedException {
    if (requests.isEmpty()) {
      return;
    }
    CheckpointSet set =
        CheckpointSet.of(requests.stream().map(CommitRequest::getCommittable).toList());
    requireIncarnation(set);
    Map<Integer, OwnedHead> owned = owned(set);
    Map<Integer, List<StagedBatch>> pending = pending(set, owned);
    int batches = pending.values().stream().mapToInt(List::size).sum();
    int alreadyCommitted = 0;
    if (!pending.isEmpty()) {
      alreadyCommitted = commit(set, pending, owned);
    }
    if (alreadyCommitted == batches) {
      requests.stream()
          .filter(request -> !request.getCommittable().batches().isEmpty())
          .forEach(CommitRequest::signalAlreadyCommitted);
    }
  }

  private void requireIncarnation(CheckpointSet set) throws IOException {
    for (List<StagedBatch> batches : set.byPartition().values()) {
      for (StagedBatch batch : batches) {
        if (!batch.incarnation().equals(log().incarnation())) {
          throw CommitFailure.otherIncarnation(settings, null);
        }
      }
    }
  }

  /** The heads, acquired, those of the set among them. */
  private Map<Integer, OwnedHead> owned(CheckpointSet set)
      throws IOException, InterruptedException {
    Takeover takeover = set.isWholeInput() ? wholeInputTakeover() : usualTakeover();
    Map<Integer, OwnedHead> owned = heads;
    if (set.isWholeInput()) {
      owned = takeover.ofWholeInput(usualTakeover());
    } else if (owned == null) {
      owned = takeOver(takeover, set);
    }
    if (!owned.keySet().containsAll(set.byPartition().keySet())) {
      owned = takeover.again(owned);
      if (!owned.keySet().containsAll(set.byPartition().keySet())) {
        throw new IllegalStateException(
            "log " + settings.log() + ": no partitions " + set.byPartition().keySet());
      }
    }
    heads = owned;
    return owned;
  }

  private Map<Integer, OwnedHead> takeOver(Takeover takeover, CheckpointSet set)
      throws IOException, InterruptedException {
    OptionalLong restored = run.restoredCheckpointId();
    if (restored.isEmpty()) {
      return takeover.withoutState();
    }
    if (set.history().isEmpty()) {
      LOG.warn(
          "log {}, sink id '{}': the restored state is of a version that kept no history; whether"
              + " the log holds later commits cannot be told",
          settings.log(),
          settings.sinkId());
      return takeover.withoutState();
    }
    return takeover.withState(set.history().get(), restored.getAsLong());
  }

  /** What no position proves to be committed. */
  private Map<Integer, List<StagedBatch>> pending(CheckpointSet set, Map<Integer, OwnedHead> owned)
      throws UnrecoverableException {
    Map<Integer, List<StagedBatch>> pending = new TreeMap<>(set.byPartition());
    pending.entrySet().removeIf(entry -> isProven(owned.get(entry.getKey()), entry.getValue()));
    if (set.isWholeInput()) {
      Set<Integer> complete = complete(set, owned);
      if (complete.stream().anyMatch(partition -> isRewritten(partition, set, pending))) {
        requireRepeatable(set, owned, complete);
        pending.keySet().removeAll(complete);
      }
    }
    return pending;
  }

  private static boolean isProven(@Nullable OwnedHead head, List<StagedBatch> batches) {
    SinkPosition position = head == null ? null : head.position();
    return position != null && position.proves(LabelDigest.of(batches));
  }

  /** The heads to which this run has committed the whole input before. */
  private Set<Integer> complete(CheckpointSet set, Map<Integer, OwnedHead> owned) {
    Set<Integer> complete = new TreeSet<>();
    owned.forEach(
        (partition, head) -> {
          SinkPosition position = head.position();
          if (position != null && position.isWholeInputOf(set.submissionId(), run.jobId())) {
            complete.add(partition);
          }
        });
    return complete;
  }

  /**
   * Whether a complete head is not proven to hold just what the set has for it: writers whose
   * results were lost have written them again, under new labels.
   */
  private static boolean isRewritten(
      int partition, CheckpointSet set, Map<Integer, List<StagedBatch>> pending) {
    return !set.byPartition().containsKey(partition) || pending.containsKey(partition);
  }

  private void requireRepeatable(
      CheckpointSet set, Map<Integer, OwnedHead> owned, Set<Integer> complete)
      throws UnrecoverableException {
    for (int partition : complete) {
      OwnedHead head = owned.get(partition);
      SinkPosition position = head == null ? null : head.position();
      if (position != null
          && position.wholeInput() != null
          && (set.repeatableOver() == 0
              || position.wholeInput().partitions() != set.repeatableOver())) {
        throw new UnrecoverableException(
            "log "
                + settings.log()
                + ", sink id '"
                + settings.sinkId()
                + "': the job failed after the input was committed to partitions "
                + complete
                + ", and writers wrote it again for a partitioning that cannot be repeated (records"
                + " without a key, a partitioner of which isRepeatable is false, or the log has"
                + " grown). Some records would be lost or doubled, so nothing more was committed."
                + " Trim what the failed job wrote, or compare log and input, and run the job again;"
                + " choose partitions by key, or enable checkpointing");
      }
    }
  }

  /** Returns how many batches were in the log before. */
  private int commit(
      CheckpointSet set, Map<Integer, List<StagedBatch>> pending, Map<Integer, OwnedHead> owned)
      throws IOException, InterruptedException {
    RaftlessLog target = log();
    Map<Integer, SinkPosition> next = new TreeMap<>();
    Map<Integer, Supplier<CompletableFuture<CommitResult>>> commits = new TreeMap<>();
    pending.forEach(
        (partition, batches) -> {
          OwnedHead head = owned.get(partition);
          if (head == null) {
            throw new IllegalStateException("partition " + partition + " is not held");
          }
          SinkPosition position = set.isStamped() ? position(set, head, batches) : null;
          if (position != null) {
            next.put(partition, position);
          }
          commits.put(
              partition,
              () ->
                  target.commit(
                      partition,
                      batches,
                      head.claim(),
                      position == null ? null : position.encode()));
        });
    Collection<CommitResult> results =
        new PersistentAttempts(settings, "commit").untilAllDone(commits).values();
    // Also where nothing was left to commit: another attempt did it, and its position has the same
    // digest as ours would have.
    next.forEach(
        (partition, position) -> owned.computeIfPresent(partition, (p, head) -> head.at(position)));
    return results.stream().mapToInt(CommitResult::alreadyCommitted).sum();
  }

  private SinkPosition position(CheckpointSet set, OwnedHead head, List<StagedBatch> batches) {
    List<String> digests = SinkPosition.digests(head.position(), LabelDigest.of(batches));
    return set.isWholeInput()
        ? SinkPosition.ofWholeInput(
            set.submissionId(),
            clock.millis(),
            digests,
            new SinkPosition.WholeInput(run.jobId(), set.repeatableOver()))
        : SinkPosition.ofCheckpoint(
            set.submissionId(), set.checkpointId(), clock.millis(), digests);
  }

  /** State that was restored belongs to a log that exists: only a fresh start may create it. */
  private RaftlessLog log() throws IOException {
    if (log == null) {
      log =
          run.restoredCheckpointId().isPresent()
              ? OpenLog.existing(settings)
              : OpenLog.of(settings);
      whenOpened.accept(log);
    }
    return log.log();
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }
}
