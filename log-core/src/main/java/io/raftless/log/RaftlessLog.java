package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.format.Compression;
import io.raftless.head.Acquire;
import io.raftless.head.AppendOutcome;
import io.raftless.head.AppendRequest;
import io.raftless.head.ChangeState;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.Schemas;
import io.raftless.head.TakeState;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An open log: the handle from which writers, stagers and readers are made. Cheap to keep,
 * thread-safe, and bound to the incarnation that existed when it was opened.
 *
 * <p>Closing it does not close the store.
 */
public final class RaftlessLog implements AutoCloseable {
  private final ObjectStore store;
  private final LogId id;
  private final LogRuntime runtime;
  private final LogOptions options;
  private final LogKeys keys;
  private final CasCell<LogDescriptor> descriptor;
  private final int partitions;
  private final Map<Integer, Partition> opened = new ConcurrentHashMap<>();
  private final AtomicBoolean isClosed = new AtomicBoolean();

  private RaftlessLog(
      ObjectStore store,
      LogId id,
      LogRuntime runtime,
      LogOptions options,
      CasCell<LogDescriptor> descriptor,
      LogDescriptor known) {
    this.store = store;
    this.id = id;
    this.runtime = runtime;
    this.options = options;
    this.keys = new LogKeys(id.root(), known.incarnation());
    this.descriptor = descriptor;
    this.partitions = known.partitions();
  }

  /**
   * Opens a log that exists.
   *
   * @throws RaftlessException.LogNotFound if there is none
   * @throws RaftlessException.Failed if the store cannot be read
   */
  public static RaftlessLog open(ObjectStore store, LogId id) {
    return open(store, id, LogOptions.defaults());
  }

  /**
   * Opens a log that exists.
   *
   * @throws RaftlessException.LogNotFound if there is none
   * @throws RaftlessException.Failed if the store cannot be read
   */
  public static RaftlessLog open(ObjectStore store, LogId id, LogOptions options) {
    return open(store, id, options, LogRuntime.start());
  }

  static RaftlessLog open(ObjectStore store, LogId id, LogOptions options, LogRuntime runtime) {
    CasCell<LogDescriptor> cell = descriptorCell(store, id, runtime);
    try {
      LogDescriptor known = Failures.join(cell.read(), "opening log " + id).state();
      requireExisting(known, id);
      return new RaftlessLog(store, id, runtime, options, cell, known);
    } catch (RuntimeException e) {
      runtime.stop();
      throw e;
    }
  }

  /**
   * Creates a log.
   *
   * @param partitions 1 to 10,000
   * @throws IllegalArgumentException if the number of partitions is out of range
   * @throws RaftlessException.LogExists if there is one
   * @throws RaftlessException.Failed if the store refuses
   * @throws RaftlessException.UnknownOutcome if the store did not say whether it was created
   */
  public static RaftlessLog create(ObjectStore store, LogId id, int partitions) {
    return create(store, id, partitions, LogOptions.defaults(), LogRuntime.start());
  }

  static RaftlessLog create(
      ObjectStore store, LogId id, int partitions, LogOptions options, LogRuntime runtime) {
    try {
      return createOn(store, id, partitions, options, runtime);
    } catch (RuntimeException e) {
      runtime.stop();
      throw e;
    }
  }

  private static RaftlessLog createOn(
      ObjectStore store, LogId id, int partitions, LogOptions options, LogRuntime runtime) {
    if (partitions < 1 || partitions > LogDescriptor.MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "partitions " + partitions + ": choose 1 to " + LogDescriptor.MAX_PARTITIONS);
    }
    Incarnation incarnation = new Incarnation(runtime.labels().next().value());
    LogDescriptor first = LogDescriptor.first(incarnation, partitions, runtime.labels().next());
    String key = LogKeys.descriptor(id.root());
    String what = "creating log " + id;
    PutOutcome outcome =
        Failures.join(
            store.putIfAbsent(key, Schemas.descriptors(runtime.labels()).encode(first)), what);
    CasCell<LogDescriptor> cell = descriptorCell(store, id, runtime);
    LogDescriptor there;
    try {
      there = Failures.join(cell.read(), what).state();
    } catch (RaftlessException.LogNotFound | RaftlessException.Failed e) {
      Throwable cause = outcome instanceof PutOutcome.Unknown unknown ? unknown.cause() : e;
      throw new RaftlessException.UnknownOutcome(
          what + ": the store did not say whether it was created; look again, then decide", cause);
    }
    if (!there.incarnation().equals(incarnation)) {
      throw new RaftlessException.LogExists(
          "log "
              + id
              + " exists, with "
              + there.partitions()
              + " partitions: open it, or choose"
              + " another name");
    }
    RaftlessLog log = new RaftlessLog(store, id, runtime, options, cell, there);
    // Writers would create missing heads as well; readers never do.
    Failures.join(log.onAllPartitions(partition -> partition.cell().read()), what);
    return log;
  }

  /** Opens the log, creating it if there is none; an existing one may have other partitions. */
  public static RaftlessLog openOrCreate(ObjectStore store, LogId id, int partitions) {
    try {
      return open(store, id);
    } catch (RaftlessException.LogNotFound absent) {
      try {
        return create(store, id, partitions);
      } catch (RaftlessException.LogExists raced) {
        return open(store, id);
      }
    }
  }

  private static CasCell<LogDescriptor> descriptorCell(
      ObjectStore store, LogId id, LogRuntime runtime) {
    return new CasCell<>(
        store,
        LogKeys.descriptor(id.root()),
        Schemas.descriptors(runtime.labels()),
        runtime,
        () ->
            CompletableFuture.failedFuture(
                new RaftlessException.LogNotFound(
                    "there is no log " + id + ": create it, or check bucket, prefix and name")));
  }

  private static void requireExisting(LogDescriptor known, LogId id) {
    if (known.state().status() == LogState.Status.DELETED) {
      throw new RaftlessException.LogNotFound("log " + id + " was deleted");
    }
  }

  /** Where it is. */
  public LogId id() {
    return id;
  }

  /** Which creation of the log this handle is bound to. */
  public Incarnation incarnation() {
    return keys.incarnation();
  }

  /** How many partitions there were when the log was opened. */
  public int partitions() {
    return partitions;
  }

  /**
   * Reads a partition's head.
   *
   * <p>The future fails with {@link RaftlessException.Failed} if the store cannot be read.
   */
  public CompletableFuture<PartitionStatus> status(int partition) {
    return Failures.translated(
        partition(partition)
            .cell()
            .read()
            .thenApply(
                snapshot -> {
                  Head head = snapshot.state();
                  return new PartitionStatus(
                      head.incarnation(),
                      partition,
                      head.startOffset(),
                      head.nextOffset(),
                      head.state().status() != LogState.Status.OPEN,
                      head.chain().hex());
                }),
        "reading the head of partition " + partition + " of " + id);
  }

  /** Makes a writer without a writer id: it is fenced with the log, and by nothing else. */
  public LogWriter newWriter(WriterOptions writerOptions) {
    return newWriter(writerOptions, Map.of());
  }

  /**
   * Makes a writer that appends under claims.
   *
   * @param claims by partition, from {@link #acquire}; partitions without one are written unfenced
   */
  public LogWriter newWriter(WriterOptions writerOptions, Map<Integer, WriterClaim> claims) {
    requireOpen();
    return new LogWriter(
        this,
        runtime,
        writerOptions,
        uploads(writerOptions.compression(), writerOptions.uploadsInFlight()),
        claims);
  }

  /** Makes a stager. */
  public Stager newStager(StagerOptions stagerOptions) {
    requireOpen();
    return new Stager(
        incarnation(),
        partitions,
        stagerOptions,
        uploads(stagerOptions.compression(), stagerOptions.uploadsInFlight()));
  }

  private WalUploads uploads(Compression compression, int inFlight) {
    return new WalUploads(
        store, keys, runtime, options.commitTimeout(), compression, inFlight, this::horizon);
  }

  /** The largest horizon seen in any head, and in {@code log.json}. */
  private Label horizon() {
    CasCell.Snapshot<LogDescriptor> log = descriptor.latest();
    Label largest = log == null ? Label.ZERO : log.state().horizon();
    for (Partition partition : opened.values()) {
      CasCell.Snapshot<Head> head = partition.cell().latest();
      if (head != null && head.state().horizon().compareTo(largest) > 0) {
        largest = head.state().horizon();
      }
    }
    return largest;
  }

  /** Makes a reader without partitions. */
  public LogReader newReader(ReaderOptions readerOptions) {
    requireOpen();
    return new LogReader(this, store, keys, runtime, readerOptions);
  }

  /**
   * Acquires a writer id on every partition: partition 0 first, the others after it, so that two
   * newcomers cannot supersede each other (design §4). A no-op where {@code holder} holds it
   * already.
   *
   * <p>The future fails with {@link RaftlessException.WriterFenced} if {@code holder} was
   * superseded by another holder before: it can never acquire again. With {@link
   * RaftlessException.Refused} if a head has no room for another writer id, with {@link
   * RaftlessException.LogNotFound} if the log was deleted, and with {@link
   * RaftlessException.Failed} or {@link RaftlessException.UnknownOutcome} if the store did not
   * answer: then call it again.
   *
   * @param writerId 1 to 200 characters
   * @param holder 1 to 200 characters; shared by all processes that are one incarnation of the
   *     writer
   * @return claims by partition
   */
  public CompletableFuture<Map<Integer, WriterClaim>> acquire(String writerId, String holder) {
    Acquire acquire = new Acquire(writerId, holder);
    SortedMap<Integer, WriterClaim> claims = new TreeMap<>();
    return acquire(partition(0), acquire)
        .thenCompose(
            first -> {
              claims.put(0, first);
              List<CompletableFuture<WriterClaim>> rest =
                  IntStream.range(1, partitions)
                      .mapToObj(number -> acquire(partition(number), acquire))
                      .toList();
              return CompletableFuture.allOf(rest.toArray(CompletableFuture<?>[]::new))
                  .thenApply(
                      unused -> {
                        rest.forEach(claim -> claims.put(claim.join().partition(), claim.join()));
                        return claims;
                      });
            });
  }

  private CompletableFuture<WriterClaim> acquire(Partition partition, Acquire acquire) {
    String what = "acquiring writer id '" + acquire.writerId() + "' on " + partition;
    return Failures.translated(
        partition
            .update(acquire)
            .thenApply(
                outcome -> {
                  if (outcome instanceof Acquire.Outcome.Acquired acquired) {
                    return new WriterClaim(
                        partition.number(),
                        acquire.writerId(),
                        acquire.holder(),
                        acquired.epoch(),
                        acquired.position());
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
                      what
                          + ": the head has no room for it; release writer ids that are not used"
                          + " any more");
                }),
        what);
  }

  /**
   * The second phase: appends staged batches of one partition, in the given order, with one
   * conditional write for all that are not in the log yet. Repeating it is harmless, at any time
   * and from any process.
   *
   * <p>The future fails with {@link RaftlessException.LogFenced}, {@link
   * RaftlessException.WriterFenced}, {@link RaftlessException.OtherIncarnation}, {@link
   * RaftlessException.StagedBatchExpired}, {@link RaftlessException.Refused} or {@link
   * RaftlessException.Failed}: this attempt appended nothing. With {@link
   * RaftlessException.UnknownOutcome}: call it again.
   *
   * @param claim to append as a writer id; null to append without fencing
   * @param position to store with the records, small JSON of at most 1,024 characters; null to
   *     leave it as it is. Needs a claim
   * @throws IllegalArgumentException if a batch or the claim is of another partition, a batch is
   *     there twice, or there are neither batches nor a position
   */
  public CompletableFuture<CommitResult> commit(
      int partition,
      List<StagedBatch> batches,
      @Nullable WriterClaim claim,
      @Nullable String position) {
    Partition target = partition(partition);
    if (claim != null && claim.partition() != partition) {
      throw new IllegalArgumentException(
          "the claim is for partition " + claim.partition() + ", not " + partition);
    }
    for (StagedBatch batch : batches) {
      if (batch.partition() != partition) {
        throw new IllegalArgumentException(
            "batch "
                + batch.batch().label()
                + " was staged for partition "
                + batch.partition()
                + ", not "
                + partition);
      }
      if (!batch.incarnation().equals(incarnation())) {
        return CompletableFuture.failedFuture(
            new RaftlessException.OtherIncarnation(
                "batch "
                    + batch.batch().label()
                    + " was staged for incarnation "
                    + batch.incarnation()
                    + " of log "
                    + id
                    + ", which was deleted and created again as "
                    + incarnation()
                    + ": it must not be written here. Start without this state"));
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
    String what = "the commit to " + target;
    return Failures.translated(
        target
            .append(List.of(request))
            .thenApply(
                outcomes -> {
                  if (outcomes.get(0) instanceof AppendOutcome.Committed committed) {
                    return new CommitResult(committed.baseOffsets(), committed.alreadyCommitted());
                  }
                  throw Failures.rejected(
                      (AppendOutcome.Rejected) outcomes.get(0), target.toString(), true);
                }),
        what);
  }

  static AppendRequest.@Nullable Fencing fencing(@Nullable WriterClaim claim) {
    return claim == null ? null : new AppendRequest.Fencing(claim.writerId(), claim.epoch());
  }

  /**
   * Fences the log: once the future has completed, no append to any partition commits until {@link
   * #unfence}. Reading goes on. Fencing a fenced log makes sure that every partition is.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if somebody unfences at the same
   * time, and with {@link RaftlessException.Failed} or {@link RaftlessException.UnknownOutcome}:
   * then some partitions may be fenced and others not; call it again.
   *
   * @param reason for people; at most 500 characters are kept
   */
  public CompletableFuture<Void> fence(String reason) {
    return changeState(LogState.Status.FENCED, reason);
  }

  /** Undoes {@link #fence}; fails like it. */
  public CompletableFuture<Void> unfence(String reason) {
    return changeState(LogState.Status.OPEN, reason);
  }

  private CompletableFuture<Void> changeState(LogState.Status to, String reason) {
    String what = "changing log " + id + " to " + to;
    return Failures.translated(
        descriptor
            .read()
            .thenCompose(
                snapshot -> {
                  LogState now = snapshot.state().state();
                  if (now.status() == LogState.Status.DELETED
                      || !snapshot.state().incarnation().equals(incarnation())) {
                    throw new RaftlessException.LogNotFound("log " + id + " was deleted");
                  }
                  return now.status() == to
                      ? CompletableFuture.completedFuture(now)
                      : changeState(now, to, reason);
                })
            .thenCompose(
                state ->
                    onAllPartitions(
                        partition ->
                            partition
                                .update(new TakeState(state))
                                .thenAccept(taken -> requireTaken(state, taken)))),
        what);
  }

  private CompletableFuture<LogState> changeState(
      LogState from, LogState.Status to, String reason) {
    return descriptor
        .update(new ChangeState(incarnation(), from, to, reason), options.commitTimeout())
        .thenApply(
            outcome -> {
              if (outcome instanceof ChangeState.Outcome.Changed changed) {
                return changed.state();
              }
              if (outcome instanceof ChangeState.Outcome.Overtaken overtaken
                  && overtaken.state().status() == to) {
                return overtaken.state();
              }
              throw new RaftlessException.Refused(
                  "log "
                      + id
                      + " was changed by somebody else at the same time; look at it, then decide"
                      + " again");
            });
  }

  private void requireTaken(LogState wanted, LogState taken) {
    if (taken.status() != wanted.status()) {
      throw new RaftlessException.Refused(
          "log "
              + id
              + " was changed to "
              + taken.status()
              + " (generation "
              + taken.generation()
              + ") by somebody else in the meantime");
    }
  }

  private CompletableFuture<Void> onAllPartitions(
      Function<Partition, CompletableFuture<?>> operation) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int number = 0; number < partitions; number++) {
      all.add(operation.apply(partition(number)));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
  }

  Partition partition(int number) {
    requireOpen();
    if (number < 0 || number >= partitions) {
      throw new IllegalArgumentException(
          "partition " + number + ": log " + id + " has partitions 0 to " + (partitions - 1));
    }
    return opened.computeIfAbsent(
        number, n -> new Partition(n, store, keys, runtime, options, this::firstHead));
  }

  /** A head is missing: {@code log.json}, read anew, says whether and how it should exist. */
  private CompletableFuture<Head> firstHead(int partition) {
    return store
        .get(descriptor.key())
        .thenApply(
            outcome -> {
              if (!(outcome instanceof GetOutcome.Found found)) {
                throw new RaftlessException.LogNotFound("there is no log " + id);
              }
              LogDescriptor log = Schemas.descriptors(runtime.labels()).decode(found.body());
              requireExisting(log, id);
              if (!log.incarnation().equals(incarnation())) {
                throw new RaftlessException.OtherIncarnation(
                    "log " + id + " was deleted and created again: open it anew");
              }
              if (partition >= log.partitions()) {
                throw new IllegalArgumentException(
                    "partition " + partition + ": log " + id + " has " + log.partitions());
              }
              return Head.first(log, partition);
            });
  }

  private void requireOpen() {
    if (isClosed.get()) {
      throw new IllegalStateException("log " + id + " is closed");
    }
  }

  boolean isClosed() {
    return isClosed.get();
  }

  /** Ends this handle's threads; writers, stagers and readers made from it stop working. */
  @Override
  public void close() {
    if (isClosed.compareAndSet(false, true)) {
      runtime.stop();
    }
  }
}
