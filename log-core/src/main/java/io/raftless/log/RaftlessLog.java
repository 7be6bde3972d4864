package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.format.Compression;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.maintenance.RetentionOutcome;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open log: the handle from which writers, stagers and readers are made. Cheap to keep,
 * thread-safe, and bound to the incarnation that existed when it was opened.
 *
 * <p>Futures complete on threads of the log and of the store, which must not be blocked: do not
 * join another future in a callback.
 *
 * <p>Closing it does not close the store.
 */
public final class RaftlessLog implements AutoCloseable {
  private final ObjectStore store;
  private final LogId id;
  private final LogRuntime runtime;
  private final LogOptions options;
  private final LogCatalog catalog;
  private final LogKeys keys;
  private final IndexReader index;
  private final CasCell<LogDescriptor> descriptor;
  private final int partitions;
  private final Map<Integer, Partition> opened = new ConcurrentHashMap<>();
  private final Set<Dependent> dependents = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean isClosed = new AtomicBoolean();

  RaftlessLog(
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
    this.catalog = new LogCatalog(store, id, runtime);
    this.keys = new LogKeys(id.root(), known.incarnation());
    this.index = new IndexReader(store, keys);
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
    return started(runtime, () -> new LogCatalog(store, id, runtime).open(options));
  }

  /** A log that could not be opened leaves no threads behind. */
  private static RaftlessLog started(LogRuntime runtime, Supplier<RaftlessLog> opening) {
    try {
      return opening.get();
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
    return started(runtime, () -> new LogCatalog(store, id, runtime).create(partitions, options));
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
            .readIfPresent()
            .thenCompose(
                found ->
                    found
                        .map(snapshot -> CompletableFuture.completedFuture(snapshot.state()))
                        .orElseGet(() -> catalog.firstHead(incarnation(), partition)))
            .thenApply(
                head ->
                    new PartitionStatus(
                        head.incarnation(),
                        partition,
                        head.startOffset(),
                        head.nextOffset(),
                        head.state().status() != LogState.Status.OPEN,
                        head.chain().hex())),
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
    return remembered(
        new LogWriter(
            this,
            runtime,
            writerOptions,
            uploads(writerOptions.compression(), writerOptions.uploadsInFlight()),
            claims));
  }

  /** Makes a stager. */
  public Stager newStager(StagerOptions stagerOptions) {
    requireOpen();
    return remembered(
        new Stager(
            this,
            partitions,
            stagerOptions,
            uploads(stagerOptions.compression(), stagerOptions.uploadsInFlight())));
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
    return remembered(new LogReader(this, store, runtime, readerOptions));
  }

  private <T extends Dependent> T remembered(T dependent) {
    dependents.add(dependent);
    if (isClosed.get()) {
      dependent.logClosed();
    }
    return dependent;
  }

  /** It is closed itself: nothing to be told any more. */
  void forget(Dependent dependent) {
    dependents.remove(dependent);
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
    return new WriterIds(this).acquire(writerId, holder);
  }

  /**
   * The second phase: appends staged batches of one partition, in the given order, with one
   * conditional write for all that are not in the log yet. Repeating it is harmless, at any time
   * and from any process.
   *
   * <p>The future fails with {@link RaftlessException.LogFenced}, {@link
   * RaftlessException.WriterFenced}, {@link RaftlessException.OtherIncarnation}, {@link
   * RaftlessException.StagedBatchExpired}, {@link RaftlessException.Refused}, {@link
   * RaftlessException.LogNotFound}, {@link RaftlessException.Corrupted} or {@link
   * RaftlessException.Failed}: this attempt appended nothing. With {@link
   * RaftlessException.UnknownOutcome}: call it again.
   *
   * @param claim to append as a writer id; null to append without fencing
   * @param position to store with the records, small JSON of at most 1,024 characters; null to
   *     leave it as it is. Needs a claim
   * @throws IllegalArgumentException if a batch or the claim is of another partition, a batch is
   *     there twice, there are none, or a position has no claim or is too long
   */
  public CompletableFuture<CommitResult> commit(
      int partition,
      List<StagedBatch> batches,
      @Nullable WriterClaim claim,
      @Nullable String position) {
    return new StagedCommits(this).commit(partition, batches, claim, position);
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
   * @return the generation of the fence, which {@link #unfence} wants; if the log was fenced
   *     before, of that fence, which both fencers then share
   */
  public CompletableFuture<Long> fence(String reason) {
    return new LogFence(this, descriptor, options).fence(reason);
  }

  /**
   * Undoes one {@link #fence}. Calling it again is harmless: a fence that somebody made in the
   * meantime stays.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if the log was changed since that
   * fence, else like {@link #fence}.
   *
   * @param generation of the fence to undo
   * @param reason for people; at most 500 characters are kept
   * @return the generation of the open state
   */
  public CompletableFuture<Long> unfence(long generation, String reason) {
    return new LogFence(this, descriptor, options).unfence(generation, reason);
  }

  /**
   * Moves the first readable offset of a partition ahead; never back. Readers that are below it get
   * {@link RaftlessException.OffsetOutOfRange}, or go on at the new start, as they were told.
   *
   * <p>The future fails with {@link RaftlessException.OffsetOutOfRange} if the partition does not
   * reach that far, with {@link RaftlessException.LogNotFound}, {@link RaftlessException.Failed} or
   * {@link RaftlessException.UnknownOutcome}: then call it again.
   *
   * @param offset the first to keep, 0 or more
   * @return where the partition starts now; beyond {@code offset} if it did before
   */
  public CompletableFuture<Long> trim(int partition, long offset) {
    return new LogMaintenance(this, runtime).trim(partition, offset);
  }

  /**
   * Trims all that is in a partition when this is called; what is appended from then on stays.
   *
   * <p>The future fails like that of {@link #trim}.
   *
   * @return where the partition starts now
   */
  public CompletableFuture<Long> trimToLatest(int partition) {
    return new LogMaintenance(this, runtime).trimToLatest(partition);
  }

  /**
   * Trims whole batches and segments from the left, up to the first one that has a record of this
   * time or later. If there is none, all that is in the partition when this is called.
   *
   * <p>The future fails like that of {@link #trim}.
   *
   * @param timestampMillis by the timestamps of the records, since the epoch
   * @return where the partition starts now
   */
  public CompletableFuture<Long> trimToTime(int partition, long timestampMillis) {
    return new LogMaintenance(this, runtime).trimToTime(partition, timestampMillis);
  }

  /**
   * Trims every partition to what a policy keeps. What went wrong is in the outcomes, one for each
   * partition; the future does not fail.
   *
   * @param pins the first offset of a partition that stays whatever the policy says; empty if there
   *     is none. If it fails, nothing of that partition is trimmed
   */
  public CompletableFuture<List<RetentionOutcome>> retain(
      RetentionPolicy policy, IntFunction<CompletableFuture<OptionalLong>> pins) {
    return new LogMaintenance(this, runtime).retain(policy, pins);
  }

  /**
   * Deletes garbage: objects that nothing needs and that are older than the retention, and all that
   * earlier incarnations of the log left behind. Any number of processes may do it at any time.
   *
   * <p>The future fails with {@link RaftlessException.Failed} or {@link
   * RaftlessException.UnknownOutcome} if the store did not answer, with {@link
   * RaftlessException.LogNotFound}, and with {@link RaftlessException.Corrupted} if the log is
   * damaged: what was deleted until then was garbage. Run it again.
   *
   * @param garbage hears every key that is about to be deleted, or would be in a dry run
   */
  public CompletableFuture<VacuumReport> vacuum(
      VacuumOptions vacuumOptions, Consumer<String> garbage) {
    requireOpen();
    return LogMaintenance.vacuum(store, id, descriptor, runtime, options, vacuumOptions, garbage);
  }

  /**
   * The same for a log that cannot be opened any more, since it was deleted. Blocks until it is
   * done.
   *
   * @throws RaftlessException like the future of {@link #vacuum(VacuumOptions, Consumer)}
   */
  public static VacuumReport vacuum(
      ObjectStore store, LogId id, VacuumOptions vacuumOptions, Consumer<String> garbage) {
    return vacuum(store, id, vacuumOptions, garbage, LogRuntime.start());
  }

  static VacuumReport vacuum(
      ObjectStore store,
      LogId id,
      VacuumOptions vacuumOptions,
      Consumer<String> garbage,
      LogRuntime runtime) {
    try {
      CasCell<LogDescriptor> cell = new LogCatalog(store, id, runtime).descriptor();
      return Failures.join(
          LogMaintenance.vacuum(
              store, id, cell, runtime, LogOptions.defaults(), vacuumOptions, garbage),
          "the vacuum of log " + id);
    } finally {
      runtime.stop();
    }
  }

  CompletableFuture<Void> onAllPartitions(Function<Partition, CompletableFuture<?>> operation) {
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
        number,
        n ->
            new Partition(
                n,
                store,
                keys,
                runtime,
                options,
                index,
                partition -> catalog.firstHead(incarnation(), partition)));
  }

  private void requireOpen() {
    if (isClosed.get()) {
      throw new IllegalStateException("log " + id + " is closed");
    }
  }

  /**
   * Ends this handle's threads; writers, stagers and readers made from it stop working, and what is
   * under way fails: as unknown, if it may be with the store.
   */
  @Override
  public void close() {
    if (isClosed.compareAndSet(false, true)) {
      dependents.forEach(Dependent::logClosed);
      runtime.stop();
    }
  }
}
