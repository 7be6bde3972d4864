package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;
import io.raftless.format.FormatException;
import io.raftless.log.LogDescription;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a submission gets hold of the sink id on all partitions (docs/protocol.md, "The Flink sink").
 *
 * <p>With restored state: look whether the log holds commits of this sink id that the history of
 * the state does not know; acquire; look again, since the submission before may have committed up
 * to the moment it was fenced. A submission that is refused by the first look fences nobody.
 *
 * <p>Without state there is nothing to compare; it goes on after whatever is there.
 *
 * <p>Whoever goes on after commits that its history does not know writes that down in those heads,
 * so that they are known to all who come after it.
 */
final class Takeover {
  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

  private final SinkSettings<?> settings;
  private final RaftlessLog log;
  private final String holder;

  /**
   * @param holder of the submission
   */
  Takeover(SinkSettings<?> settings, RaftlessLog log, String holder) {
    this.settings = settings;
    this.log = log;
    this.holder = holder;
  }

  /** Without state. */
  Map<Integer, OwnedHead> withoutState() throws IOException, InterruptedException {
    Map<Integer, OwnedHead> heads = acquire();
    SortedMap<Integer, SinkPosition> foreign = unknown(heads, this::isForeignAndNotAccepted);
    if (!foreign.isEmpty()) {
      LOG.info(
          "{} starts without state and goes on after what earlier submissions committed: {}",
          sink(),
          describe(foreign));
    }
    return accept(heads, foreign);
  }

  /**
   * With state.
   *
   * @param history of the state
   * @param checkpointId that was restored
   */
  Map<Integer, OwnedHead> withState(History history, long checkpointId)
      throws IOException, InterruptedException {
    if (!history.incarnation().equals(log.incarnation())) {
      throw CommitFailure.otherIncarnation(settings, null);
    }
    Predicate<SinkPosition> isRewound = position -> isRewound(position, history, checkpointId);
    refuse(unknown(positions(), isRewound), checkpointId, false);
    Map<Integer, OwnedHead> heads = acquire();
    SortedMap<Integer, SinkPosition> rewound = unknown(heads, isRewound);
    refuse(rewound, checkpointId, true);
    if (!rewound.isEmpty()) {
      LOG.warn(
          "{} goes on from checkpoint {} after commits that it does not know; what is replayed will"
              + " be in the log twice: {}",
          sink(),
          checkpointId,
          describe(rewound));
    }
    return accept(
        heads,
        unknown(
            heads,
            position ->
                isRewound.test(position)
                    || (isForeignAndNotAccepted(position)
                        && !history.knows(position, checkpointId))));
  }

  /**
   * For one committer of a whole input, whose holder is its own: from then on no other committer of
   * the submission commits, and what those committed before is in the positions that are returned.
   * They may have other labels for the same records, since the writers may have run again.
   *
   * @param usual how other submissions know this one: by that it is found out whether one of them
   *     has taken over meanwhile, which must not be undone
   */
  Map<Integer, OwnedHead> ofWholeInput(Takeover usual) throws IOException, InterruptedException {
    try {
      usual.acquire();
    } catch (SupersededBySelfException alsoOurs) {
      LOG.info("{}: another committer of this submission was here before", sink(), alsoOurs);
    }
    return acquire();
  }

  /** Also on partitions that were added since. */
  Map<Integer, OwnedHead> again(Map<Integer, OwnedHead> before)
      throws IOException, InterruptedException {
    Map<Integer, OwnedHead> heads = acquire();
    heads.putAll(before);
    return heads;
  }

  private boolean isForeignAndNotAccepted(SinkPosition position) {
    String us = settings.submissionId();
    return !position.submission().equals(us) && !us.equals(position.acceptedBy());
  }

  /**
   * Whether a position tells of a commit that was made after the restored checkpoint.
   *
   * <p>When a submission restarts from its own checkpoint, foreign commits are from before it
   * acquired for the first time: whoever acquired after it has fenced it for good. That is also the
   * case of a sink that is new in a restored job: its history begins with this submission.
   */
  private boolean isRewound(SinkPosition position, History history, long checkpointId) {
    boolean isOurCheckpoint = history.current().equals(settings.submissionId());
    boolean isOurCommit = position.submission().equals(settings.submissionId());
    return (isOurCommit || !isOurCheckpoint) && !history.knows(position, checkpointId);
  }

  private void refuse(
      SortedMap<Integer, SinkPosition> rewound, long checkpointId, boolean hasAcquired)
      throws UnrecoverableException {
    if (rewound.isEmpty() || settings.onRewind() == OnRewind.CONTINUE) {
      return;
    }
    throw new UnrecoverableException(
        sink()
            + ": the job was restored from checkpoint "
            + checkpointId
            + ", but the log holds commits of this sink id that its state does not know: "
            + describe(rewound)
            + (hasAcquired
                ? ", made while this job started; the job that made them is fenced now"
                : "")
            + ". Replayed input would be in the log twice. Restore the latest checkpoint or"
            + " savepoint of the submission that made them; or, if records may be there twice, call"
            + " setOnRewind(OnRewind.CONTINUE) for this start");
  }

  private static SortedMap<Integer, SinkPosition> unknown(
      Map<Integer, OwnedHead> heads, Predicate<SinkPosition> isUnknown) {
    SortedMap<Integer, SinkPosition> unknown = new TreeMap<>();
    heads.forEach(
        (partition, head) -> {
          SinkPosition position = head.position();
          if (position != null && isUnknown.test(position)) {
            unknown.put(partition, position);
          }
        });
    return unknown;
  }

  private static SortedMap<Integer, SinkPosition> unknown(
      SortedMap<Integer, SinkPosition> positions, Predicate<SinkPosition> isUnknown) {
    SortedMap<Integer, SinkPosition> unknown = new TreeMap<>(positions);
    unknown.values().removeIf(isUnknown.negate());
    return unknown;
  }

  /**
   * @param positions at least one
   */
  private static String describe(SortedMap<Integer, SinkPosition> positions) {
    Map.Entry<Integer, SinkPosition> first = positions.entrySet().iterator().next();
    SinkPosition position = first.getValue();
    return "partition "
        + first.getKey()
        + " has "
        + (position.wholeInput() == null ? "checkpoint " + position.checkpoint() : "a whole input")
        + " of "
        + Submission.describe(position.submission())
        + ", committed at "
        + Instant.ofEpochMilli(position.timeMillis())
        + (positions.size() == 1 ? "" : "; so do " + (positions.size() - 1) + " more partitions");
  }

  /** Reads without acquiring. */
  private SortedMap<Integer, SinkPosition> positions() throws IOException, InterruptedException {
    LogDescription description =
        new PersistentAttempts(settings, "read the positions of the sink id")
            .untilDone(log::describe);
    SortedMap<Integer, SinkPosition> positions = new TreeMap<>();
    for (LogDescription.PartitionDescription partition : description.partitions()) {
      for (LogDescription.WriterDescription writer : partition.writers()) {
        if (writer.writerId().equals(settings.sinkId()) && writer.position() != null) {
          positions.put(partition.partition(), decode(partition.partition(), writer.position()));
        }
      }
    }
    return positions;
  }

  private Map<Integer, OwnedHead> acquire() throws IOException, InterruptedException {
    Map<Integer, WriterClaim> claims =
        new PersistentAttempts(settings, "acquire the sink id")
            .untilDone(() -> log.acquire(settings.sinkId(), holder));
    Map<Integer, OwnedHead> heads = new HashMap<>();
    for (var claim : claims.entrySet()) {
      String position = claim.getValue().position();
      heads.put(
          claim.getKey(),
          new OwnedHead(
              claim.getValue(), position == null ? null : decode(claim.getKey(), position)));
    }
    return heads;
  }

  private SinkPosition decode(int partition, String position) throws UnrecoverableException {
    try {
      return SinkPosition.decode(position);
    } catch (FormatException e) {
      throw new UnrecoverableException(
          sink()
              + ": its position on partition "
              + partition
              + " was not written by this connector, or by a later version of it. Use that version,"
              + " or another sink id",
          e);
    }
  }

  private Map<Integer, OwnedHead> accept(
      Map<Integer, OwnedHead> heads, SortedMap<Integer, SinkPosition> positions)
      throws IOException, InterruptedException {
    Map<Integer, SinkPosition> accepted = new HashMap<>();
    Map<Integer, Supplier<CompletableFuture<Void>>> stores = new HashMap<>();
    positions.forEach(
        (partition, position) -> {
          SinkPosition next = position.acceptedBy(settings.submissionId());
          accepted.put(partition, next);
          stores.put(partition, () -> store(heads.get(partition), next));
        });
    if (!stores.isEmpty()) {
      new PersistentAttempts(settings, "write down what was found").untilAllDone(stores);
      accepted.forEach(
          (partition, position) -> heads.computeIfPresent(partition, (p, h) -> h.at(position)));
    }
    return heads;
  }

  private CompletableFuture<Void> store(@Nullable OwnedHead head, SinkPosition next) {
    if (head == null) {
      throw new IllegalStateException("a position of a head that is not held");
    }
    return log.storePosition(head.claim(), head.claim().position(), next.encode());
  }

  private String sink() {
    return "log " + settings.log() + ", sink id '" + settings.sinkId() + "'";
  }
}
