package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.UpdateCounts;
import io.raftless.format.Compression;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.Name;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.RetentionOutcome;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.maintenance.Verifier;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.maintenance.VerifyReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
  private final LogKeys keys;
  private final IndexReader index;
  private final CasCell<LogDescriptor> descriptor;
  private final CurrentLog current;
  private final Map<Integer, Partition> opened = new ConcurrentHashMap<>();
  private final Set<Dependent> dependents = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean isClosed = new AtomicBoolean();
  private final UpdateCounts updateCounts = new UpdateCounts();
  private final UploadCounts uploadCounts = new UploadCounts();

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
    this.keys = new LogKeys(id.root(), known.incarnation());
    this.index = new IndexReader(store, keys);
    this.descriptor = descriptor;
    this.current = new CurrentLog(id, descriptor, options.commitTimeout(), known);
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
    return create(store, id, partitions, LogSettings.DEFAULTS);
  }

  /**
   * Creates a log with these settings. A log of that name that was deleted is no hindrance: the new
   * one is another incarnation, and nothing that was made for the old one works on it.
   *
   * @param partitions 1 to 10,000
   * @throws IllegalArgumentException if the number of partitions is out of range
   * @throws RaftlessException.LogExists if there is one
   * @throws RaftlessException.Failed if the store refuses
   * @throws RaftlessException.UnknownOutcome if the store did not say whether it was created
   */
  public static RaftlessLog create(
      ObjectStore store, LogId id, int partitions, LogSettings settings) {
    LogRuntime runtime = LogRuntime.start();
    return started(
        runtime,
        () ->
            new LogCatalog(store, id, runtime).create(partitions, settings, LogOptions.defaults()));
  }

  static RaftlessLog create(
      ObjectStore store, LogId id, int partitions, LogOptions options, LogRuntime runtime) {
    return started(
        runtime,
        () -> new LogCatalog(store, id, runtime).create(partitions, LogSettings.DEFAULTS, options));
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

  /**
   * How many partitions there are, as far as this handle knows: at least as many as when it was
   * opened. What others add is seen by {@link #refreshPartitions}, or when it is used.
   */
  public int partitions() {
    return current.known().partitions();
  }

  /**
   * Reads how many partitions there are.
   *
   * <p>The future fails with {@link RaftlessException.LogNotFound} or {@link
   * RaftlessException.OtherIncarnation} if the log that was opened is no more, and with {@link
   * RaftlessException.Failed} if the store cannot be read.
   */
  public CompletableFuture<Integer> refreshPartitions() {
    return Failures.translated(
        current.refresh().thenApply(LogDescriptor::partitions), "reading log.json of " + id);
  }

  /**
   * Adds partitions, so that there are {@code total}. Writers and readers that are open go on; they
   * see the new ones when they refresh. The new partitions are fenced if the log is. Calling it
   * again is harmless, and completes what a crash left undone.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if there are more already: a log
   * does not shrink. Else like {@link #refreshPartitions}, or with {@link
   * RaftlessException.UnknownOutcome}: then call it again.
   *
   * @param total 1 to 10,000
   * @return how many there are then: more, if somebody else added some at the same time
   * @throws IllegalArgumentException if {@code total} is out of range
   */
  public CompletableFuture<Integer> addPartitions(int total) {
    requireOpen();
    return new LogGrowth(this, current).addPartitions(total);
  }

  /**
   * What this handle has met since it was opened; for metrics. Nothing is asked of the store, and
   * it may be called at any time, also after {@link #close}.
   */
  public LogStatistics statistics() {
    return new LogStatistics(
        updateCounts.conflicts(),
        updateCounts.unknownsResolved(),
        updateCounts.unknownsLeft(),
        uploadCounts.inFlight());
  }

  /** The settings, as far as this handle knows; {@link #refreshSettings} reads them. */
  public LogSettings settings() {
    return current.known().settings();
  }

  /** Reads the settings. The future fails like {@link #refreshPartitions}. */
  public CompletableFuture<LogSettings> refreshSettings() {
    return Failures.translated(
        current.refresh().thenApply(LogDescriptor::settings), "reading log.json of " + id);
  }

  /**
   * Changes the settings: {@code operation} is applied to those that there are, so that what
   * another administrator changes at the same time is kept.
   *
   * <p>The future fails with {@link RaftlessException.LogNotFound}, {@link
   * RaftlessException.OtherIncarnation}, {@link RaftlessException.Failed} or {@link
   * RaftlessException.UnknownOutcome}.
   *
   * @param operation without side effects: it may be applied several times
   * @return the settings that there are then
   */
  public CompletableFuture<LogSettings> changeSettings(UnaryOperator<LogSettings> operation) {
    requireOpen();
    return new LogSettingsChange(this, current, runtime.labels()).change(operation);
  }

  /**
   * Sets all settings, if they are still those that the caller decided on. The future fails like
   * that of {@link #changeSettings}, and with {@link RaftlessException.Refused} if they are not.
   */
  public CompletableFuture<LogSettings> replaceSettings(LogSettings expected, LogSettings next) {
    requireOpen();
    return new LogSettingsChange(this, current, runtime.labels()).replace(expected, next);
  }

  /** Reads everything that is to be known of the log. The future fails as {@link #status} does. */
  public CompletableFuture<LogDescription> describe() {
    requireOpen();
    return Failures.translated(
        current
            .refresh()
            .thenCompose(log -> new LogDescriber(store, id, runtime.labels()).describe(log)),
        "describing log " + id);
  }

  /**
   * Deletes the log, for good: once the future has completed, no append commits, whoever makes it
   * and whatever it knew of the log. The data is left to vacuum. Calling it again is harmless, and
   * completes what a crash left undone; {@link LogAdmin#delete} does so without an open log.
   *
   * <p>The future fails with {@link RaftlessException.OtherIncarnation} if the log was deleted and
   * created again, and with {@link RaftlessException.Failed} or {@link
   * RaftlessException.UnknownOutcome}: then call it again.
   *
   * @param reason for people; at most 500 characters are kept
   */
  public CompletableFuture<Void> delete(String reason) {
    requireOpen();
    return new LogDeletion(store, id, runtime, options.commitTimeout())
        .delete(descriptor, incarnation(), reason);
  }

  /**
   * Reads a partition's head.
   *
   * <p>The future fails with {@link IllegalArgumentException} if there is no such partition, with
   * {@link RaftlessException.LogNotFound} or {@link RaftlessException.OtherIncarnation} if the log
   * that was opened is no more, and with {@link RaftlessException.Failed} if the store cannot be
   * read.
   */
  public CompletableFuture<PartitionStatus> status(int partition) {
    return Failures.translated(
        partitionIfExists(partition)
            .thenCompose(there -> there.cell().readIfPresent())
            .thenCompose(
                found ->
                    found
                        .map(snapshot -> CompletableFuture.completedFuture(snapshot.state()))
                        .orElseGet(() -> current.firstHead(partition)))
            .thenCompose(this::requireExisting)
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

  /** A head that is deleted belongs to a log that is deleted, or that was created again since. */
  private CompletableFuture<Head> requireExisting(Head head) {
    if (head.state().status() != LogState.Status.DELETED) {
      return CompletableFuture.completedFuture(head);
    }
    return current
        .refresh()
        .thenApply(
            log -> {
              throw new RaftlessException.Corrupted(
                  "the head of partition "
                      + head.partition()
                      + " of "
                      + id
                      + " says that the log is deleted, log.json does not: restore one of the two");
            });
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
            writerOptions.withMaxRecordBytes(maxRecordBytes(writerOptions.maxRecordBytes())),
            uploads(
                writerOptions.compression(),
                writerOptions.zstdLevel(),
                writerOptions.uploadsInFlight(),
                Math.min(writerOptions.inlineBytes(), options.indexShape().inlineBytes())),
            claims));
  }

  /** Makes a stager. */
  public Stager newStager(StagerOptions stagerOptions) {
    requireOpen();
    return remembered(
        new Stager(
            this,
            stagerOptions.withMaxRecordBytes(maxRecordBytes(stagerOptions.maxRecordBytes())),
            uploads(
                stagerOptions.compression(),
                stagerOptions.zstdLevel(),
                stagerOptions.uploadsInFlight(),
                // What is staged must be durable before it is committed.
                0)));
  }

  /** The log's own limit holds as well. */
  private int maxRecordBytes(int ofOptions) {
    return Math.min(ofOptions, settings().maxRecordBytes());
  }

  private WalUploads uploads(
      Compression compression, int zstdLevel, int inFlight, int inlineBytes) {
    return new WalUploads(
        store,
        keys,
        runtime,
        options.commitTimeout(),
        compression,
        zstdLevel,
        inFlight,
        inlineBytes,
        this::horizon,
        uploadCounts);
  }

  /** The largest horizon seen in any head, and in {@code log.json}. */
  private Label horizon() {
    Label largest = current.known().horizon();
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
    return new LogReader(this, readerOptions);
  }

  /** What fetches a partition of this log for a reader. */
  PartitionFetcher newFetcher(
      Partition target,
      StartAt start,
      ReaderOptions readerOptions,
      PartitionFetcher.Shared shared) {
    return new PartitionFetcher(
        target,
        start,
        group -> group(group.name()).startOf(target.number(), group.ifNoCursor()),
        store,
        runtime,
        readerOptions,
        shared);
  }

  /** From now on it is told when this log is closed, at once if it is. */
  <T extends Dependent> T remembered(T dependent) {
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
    return new WriterIds(this, current).acquire(writerId, holder);
  }

  /**
   * Acquires a writer id on one partition only, for writers that never write to another one under
   * that id. Its epoch there is its own arbiter: *because* a single head decides, two newcomers
   * cannot supersede each other. Do not mix it with {@link #acquire(String, String)} for the same
   * writer id.
   *
   * <p>The future fails with {@link IllegalArgumentException} if there is no such partition, else
   * like that of {@link #acquire(String, String)}.
   *
   * @param writerId 1 to 200 characters
   * @param holder 1 to 200 characters; a fresh one for each incarnation of the writer
   */
  public CompletableFuture<WriterClaim> acquire(int partition, String writerId, String holder) {
    return new WriterIds(this, current).acquire(partition, writerId, holder);
  }

  /**
   * Gives writer ids back, so that they take no room in the heads any more. Partitions on which
   * another holder has acquired since are left alone.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if there is something to lose and
   * {@code forgetting} does not allow it: partitions that had nothing to lose are released then,
   * the others are not. Else like {@link #acquire}.
   *
   * @param claims from {@link #acquire}
   * @param forgetting what to do with positions and with the holders before
   */
  public CompletableFuture<Void> release(Collection<WriterClaim> claims, Forgetting forgetting) {
    return new WriterIds(this, current).release(claims, forgetting);
  }

  /**
   * Makes a partition forget a writer id of which nobody else will, for administrators. Whoever
   * still writes under it is fenced, also after the writer id was acquired anew. Nothing is ever
   * forgotten just because it was idle.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if another holder has it by now, or
   * if there is something to lose and {@code forgetting} does not allow it. Else like {@link
   * #acquire}. Forgetting what is not known is done.
   *
   * @param epoch of the holder to forget, from {@link #describe}
   * @param forgetting what to do with its position and with the holders before
   */
  public CompletableFuture<Void> forgetWriter(
      int partition, String writerId, long epoch, Forgetting forgetting) {
    return new WriterIds(this, current).forget(partition, writerId, epoch, forgetting);
  }

  /**
   * Stores a position without records, in place of the one it names: one conditional write. It is
   * not ordered with appends that are under way: flush the writer first.
   *
   * <p>The future fails with {@link RaftlessException.PositionMoved} if the position is neither the
   * expected nor the new one, with {@link RaftlessException.WriterFenced}, {@link
   * RaftlessException.LogFenced}, {@link RaftlessException.Refused} (no room), {@link
   * RaftlessException.LogNotFound} or {@link RaftlessException.Failed}: this call stored nothing.
   * With {@link RaftlessException.UnknownOutcome}: acquire again with the same holder, which says
   * what the position is, and decide again.
   *
   * @param claim whose position, and on which partition
   * @param expected the position that is replaced; null if none was stored yet
   * @param next small JSON of at most 1,024 characters
   * @throws IllegalArgumentException if it is too long, or there is no such partition
   */
  public CompletableFuture<Void> storePosition(
      WriterClaim claim, @Nullable String expected, String next) {
    return new WriterIds(this, current).storePosition(claim, expected, next);
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
   * #unfence}. Partitions that are added later are fenced, too. Reading goes on. Fencing a fenced
   * log makes a new fence in the place of the old one, so that who undoes the old one does not undo
   * this one.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if somebody unfences at the same
   * time, with {@link RaftlessException.LogNotFound} or {@link RaftlessException.OtherIncarnation}
   * if the log that was opened is no more, and with {@link RaftlessException.Failed} or {@link
   * RaftlessException.UnknownOutcome}: then some partitions may be fenced and others not; call it
   * again.
   *
   * @param reason for people; at most 500 characters are kept
   * @return the generation of the fence, which {@link #unfence} wants
   */
  public CompletableFuture<Long> fence(String reason) {
    return new LogFence(this, current, runtime.labels()).fence(reason);
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
    return new LogFence(this, current, runtime.labels()).unfence(generation, reason);
  }

  /**
   * The offset of the first record, in order of offsets, whose timestamp is at or after a time;
   * empty if there is none. Timestamps need not ascend: records after it may be older.
   *
   * <p>The future fails with {@link IllegalArgumentException} if there is no such partition, with
   * {@link RaftlessException.Corrupted} if data is damaged or gone, and with {@link
   * RaftlessException.Failed} if the store cannot be read.
   *
   * @param timestampMillis milliseconds since the epoch
   */
  public CompletableFuture<OptionalLong> offsetForTime(int partition, long timestampMillis) {
    return findTime(partition, timestampMillis).thenApply(TimeSeek.Found::offset);
  }

  /** The same, or the end of the partition if there is none. */
  CompletableFuture<Long> offsetAt(int partition, long timestampMillis) {
    return findTime(partition, timestampMillis).thenApply(TimeSeek.Found::orEnd);
  }

  private CompletableFuture<TimeSeek.Found> findTime(int partition, long timestampMillis) {
    return Failures.translated(
        partitionIfExists(partition)
            .thenCompose(target -> new TimeSeek(target, store, runtime, timestampMillis).find()),
        "looking for a time in partition " + partition + " of " + id);
  }

  /**
   * Proves that the log is what it says it is, or finds what is not: reads the index and, if asked
   * for, all data. Appends, compaction, trim and vacuum may go on meanwhile. Blocks the calling
   * thread, for as long as reading all of it takes, also if the log is closed meanwhile.
   *
   * @return what is wrong, if anything is, and how much was looked at
   * @throws IllegalArgumentException if there is no such partition
   * @throws RaftlessException.Failed if the store cannot be read
   */
  public VerifyReport verify(VerifyOptions verifyOptions) {
    List<Partition> all = new ArrayList<>();
    if (verifyOptions.partition().isPresent()) {
      all.add(partition(verifyOptions.partition().getAsInt()));
    } else {
      int total = Failures.join(refreshPartitions(), "verifying log " + id);
      for (int number = 0; number < total; number++) {
        all.add(partition(number));
      }
    }
    try {
      return new Verifier(store, keys, verifyOptions).verify(all);
    } catch (CompletionException e) {
      throw Failures.translate(e, "verifying log " + id);
    }
  }

  /**
   * Moves the first readable offset of a partition ahead; never back. Readers that are below it get
   * {@link RaftlessException.OffsetOutOfRange}, or go on at the new start, as they were told.
   *
   * <p>The future fails with {@link IllegalArgumentException} if there is no such partition, with
   * {@link RaftlessException.OffsetOutOfRange} if the partition does not reach that far, with
   * {@link RaftlessException.LogNotFound}, {@link RaftlessException.Failed} or {@link
   * RaftlessException.UnknownOutcome}: then call it again.
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
   * Trims every partition to what a policy keeps. What went wrong with a partition is in its
   * outcome.
   *
   * <p>The future fails like that of {@link #refreshPartitions}: then nothing was trimmed.
   *
   * @param pins the first offset of a partition that stays whatever the policy says; empty if there
   *     is none. If it fails, nothing of that partition is trimmed
   */
  public CompletableFuture<List<RetentionOutcome>> retain(
      RetentionPolicy policy, IntFunction<CompletableFuture<OptionalLong>> pins) {
    requireOpen();
    return new LogMaintenance(this, runtime).retain(store, descriptor.key(), policy, pins);
  }

  /**
   * Trims every partition to what the settings of the log keep, and never beyond what the groups
   * that they name have read.
   *
   * <p>The future fails like that of {@link #refreshSettings}; what went wrong with a partition is
   * in its outcome.
   */
  public CompletableFuture<List<RetentionOutcome>> retain() {
    return refreshSettings()
        .thenCompose(
            now ->
                retain(
                    RetentionPolicy.of(now.retention()),
                    partition -> smallestOffset(partition, now.retention().pinnedBy())));
  }

  /**
   * Deletes garbage: objects that nothing needs and that are older than the retention, and all that
   * earlier incarnations of the log left behind. Any number of processes may do it at any time.
   *
   * <p>The future fails with {@link RaftlessException.Failed} or {@link
   * RaftlessException.UnknownOutcome} if the store did not answer, with {@link
   * RaftlessException.LogNotFound}, and with {@link RaftlessException.Corrupted} if the log is
   * damaged: what was deleted until then was garbage. Run it again. It runs on a thread of its own,
   * which closing the log does not end.
   *
   * @param garbage hears every key that is about to be deleted, or would be in a dry run
   */
  public CompletableFuture<VacuumReport> vacuum(
      VacuumOptions vacuumOptions, Consumer<String> garbage) {
    requireOpen();
    return LogMaintenance.vacuum(store, id, descriptor, runtime, options, vacuumOptions, garbage);
  }

  /** The same, with the defaults: what is older than the settings of the log say goes. */
  public CompletableFuture<VacuumReport> vacuum() {
    return vacuum(VacuumOptions.defaults(), key -> {});
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

  /**
   * A consumer group of this log; nothing is read or written yet.
   *
   * @param name 1 to 200 letters, digits, dots, underscores and hyphens, starting with a letter or
   *     digit
   * @throws IllegalArgumentException if the name is another
   */
  public ConsumerGroup group(String name) {
    requireOpen();
    String group = Name.require("group name", name);
    return new ConsumerGroup(this, new GroupCursors(group, store, keys, runtime, options, current));
  }

  /**
   * The names of the consumer groups that have a position in any partition, sorted. For
   * administration: it lists objects and reads cursors one after the other.
   *
   * <p>The future fails with {@link RaftlessException.Failed} if the store cannot be read.
   */
  public CompletableFuture<List<String>> groups() {
    requireOpen();
    return new ConsumerGroups(this, store, keys).names();
  }

  /** See {@link ConsumerGroups#smallestOffset}. */
  CompletableFuture<OptionalLong> smallestOffset(int partition, Collection<String> groups) {
    return new ConsumerGroups(this, store, keys).smallestOffset(partition, groups);
  }

  /**
   * Compacts a partition, if that is due: puts segments in the place of the WAL entries that are
   * there now. Safe at any time, from any number of processes; appends and readers go on.
   *
   * <p>Waits on the caller's thread. Memory: one segment and 16 MiB.
   *
   * @throws RaftlessException.Corrupted if something is damaged or gone; nothing of it is compacted
   * @throws RaftlessException.Failed if the store did not answer: call it again
   * @throws RaftlessException.UnknownOutcome if nobody knows whether the last segments were
   *     installed, which does no harm: call it again
   * @throws InterruptedException if interrupted, which does no harm either
   */
  public CompactionReport compact(int partition, CompactionOptions compaction)
      throws InterruptedException {
    return new LogCompaction(this, store, keys, runtime, options).compact(partition, compaction);
  }

  /**
   * Compacts every partition that is due, one after the other; one that fails does not keep the
   * others from it. Otherwise like {@link #compact}.
   *
   * @throws InterruptedException if interrupted: the partitions after that are not looked at
   */
  public CompactedPartitions compactAll(CompactionOptions compaction) throws InterruptedException {
    return new LogCompaction(this, store, keys, runtime, options).compactAll(compaction);
  }

  /** The same, as the settings of the log say. */
  public CompactedPartitions compactAll() throws InterruptedException {
    LogCompaction compaction = new LogCompaction(this, store, keys, runtime, options);
    return compaction.compactAll(compaction.settings());
  }

  /** On the partitions {@code from} to {@code to - 1}, which exist. */
  CompletableFuture<Void> onPartitions(
      int from, int to, Function<Partition, CompletableFuture<?>> operation) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int number = from; number < to; number++) {
      all.add(operation.apply(existing(number)));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
  }

  /**
   * A partition; reads {@code log.json}, and waits for it, if this handle does not know it.
   *
   * @throws IllegalArgumentException if there is no such partition
   */
  Partition partition(int number) {
    requirePartition(number);
    return existing(number);
  }

  /** Like {@link #partition}. */
  void requirePartition(int number) {
    requireOpen();
    if (number >= 0 && number < partitions()) {
      return;
    }
    // No request for what can never be.
    boolean mayExist = number >= 0 && number < LogDescriptor.MAX_PARTITIONS;
    LogDescriptor log =
        mayExist
            ? Failures.join(current.refresh(), "looking for partition " + number + " of " + id)
            : current.known();
    current.requirePartition(log, number);
  }

  /** Like {@link #partition}, without waiting: the future fails if there is none. */
  CompletableFuture<Partition> partitionIfExists(int number) {
    requireOpen();
    if (number >= 0 && number < partitions()) {
      return CompletableFuture.completedFuture(existing(number));
    }
    return current
        .refresh()
        .thenApply(
            log -> {
              current.requirePartition(log, number);
              return existing(number);
            });
  }

  private Partition existing(int number) {
    requireOpen();
    // Asked for every record that is appended: no lambda is made for what is there already.
    Partition known = opened.get(number);
    if (known != null) {
      return known;
    }
    return opened.computeIfAbsent(
        number,
        n ->
            new Partition(
                n, store, keys, runtime, options, index, updateCounts, current::firstHead));
  }

  void requireOpen() {
    if (isClosed.get()) {
      throw new IllegalStateException("log " + id + " is closed");
    }
  }

  /**
   * Ends this handle's threads; writers, stagers and readers made from it stop working, and what is
   * under way fails: as unknown, if it may be with the store.
   *
   * <p>What has a thread of its own is not ended: a {@link #verify} goes on on the thread that
   * called it, and a vacuum until it is done or has to wait for a retry. Neither harms anybody.
   */
  @Override
  public void close() {
    if (isClosed.compareAndSet(false, true)) {
      dependents.forEach(Dependent::logClosed);
      runtime.stop();
    }
  }
}
