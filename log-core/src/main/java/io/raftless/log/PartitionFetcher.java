package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.StaleStateException;
import io.raftless.format.BatchBlock;
import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.FormatException;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogState;
import io.raftless.index.InlineBlock;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one partition ahead of its reader. Blocks move through three queues, in order of offsets:
 * planned (known from the index), fetching (requested, several requests at a time, each for blocks
 * that lie side by side, of other partitions of the same reader as well; or in the head, and
 * nothing is requested), ready (decoded).
 *
 * <p>Memory: what is requested counts as stored until its last block is decoded, what is decoded as
 * uncompressed until it is handed out. A block is decoded when there is room for it; one block of
 * each partition always is, so that a partition that is paused, or that nobody asks for, cannot
 * starve the others.
 *
 * <p>All state is guarded by the reader's lock; what completes elsewhere comes back through {@link
 * #on}.
 */
final class PartitionFetcher {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionFetcher.class);

  /** Requests under way, or not decoded yet, at a time. */
  private static final int MOST_FETCHING = 16;

  /** With so many it waits for others whose blocks lie beside its next ones, and who have more. */
  private static final int ENOUGH_FETCHING = MOST_FETCHING / 2;

  /** With fewer blocks planned, the next plan is made: others wait for nobody who makes one. */
  private static final int LEAST_PLANNED = 16;

  private record Ready(ReadBatch batch, int bytes) {}

  /**
   * What all fetchers of a reader have together.
   *
   * @param lock guards their state and all of this
   */
  record Shared(Object lock, FetchBudget budget, ReadyLine line, PlannedBlocks plans) {}

  /**
   * What holds up the next request: room, or a neighbour.
   *
   * @param next the first block that is planned
   * @param behind what lies beside it, of somebody who has to come there first; null if nobody has
   * @param full the same of somebody whose requests have to come to an end first
   * @param bytes of all partitions that it takes
   * @param mine of these, those of this one
   */
  private record HeldUp(
      DataBlock next,
      PlannedBlocks.@Nullable Planned behind,
      PlannedBlocks.@Nullable Planned full,
      long bytes,
      long mine) {}

  /** A run of one partition in a request that was made. */
  private record Begun(PartitionFetcher fetcher, Fetch fetch) {}

  /** A request for blocks side by side, and what came of it; or blocks that the head has. */
  private static final class Fetch {
    private final List<DataBlock> blocks;
    private final int length;

    /** What came back and was not decoded while it did, until all of it is decoded. */
    private @Nullable ByteBuffer body;

    /** The first block that is in it. */
    private int bodyFrom;

    private int decoded;
    private boolean isDecoding;
    private final Deque<Ready> batches = new ArrayDeque<>();

    /** Reported when everything before it was handed over. */
    private @Nullable RuntimeException trouble;

    /** Taken from the budget: the request as stored, and batches as decoded. */
    private long charged;

    /** Of that, the request as stored. */
    private long chargedAsStored;

    Fetch(List<DataBlock> blocks) {
      this.blocks = blocks;
      this.length = blocks.stream().mapToInt(DataBlock::length).sum();
      this.charged = length;
      this.chargedAsStored = length;
      // Of blocks in the head there is nothing to wait for.
      this.body = isInline() ? ByteBuffer.allocate(0) : null;
    }

    boolean isInline() {
      return blocks.get(0).inline() != null;
    }

    String key() {
      return blocks.get(0).key();
    }

    long baseOffset() {
      return blocks.get(0).baseOffset();
    }

    long endOffset() {
      return blocks.get(blocks.size() - 1).endOffset();
    }

    boolean isDecoded() {
      return decoded == blocks.size();
    }

    /** What came back for the next block; less if the object ends before. */
    ByteBuffer nextBytes(ByteBuffer all) {
      DataBlock block = blocks.get(decoded);
      InlineBlock inline = block.inline();
      if (inline != null) {
        return inline.buffer();
      }
      int start = (int) (block.position() - blocks.get(bodyFrom).position());
      int from = Math.min(start, all.remaining());
      int to = Math.min(start + block.length(), all.remaining());
      return all.slice(all.position() + from, to - from);
    }
  }

  private final Partition partition;
  private final ObjectStore store;
  private final LogRuntime runtime;
  private final ReaderOptions options;
  private final Shared reader;
  private final Object lock;
  private final FetchBudget.Account budget;
  private final ReadyLine line;
  private final PlannedBlocks plans;

  private final Deque<DataBlock> planned = new ArrayDeque<>();
  private final Deque<Fetch> fetching = new ArrayDeque<>();
  private final Deque<Ready> ready = new ArrayDeque<>();

  /** Null if nobody wants to know. */
  private final @Nullable Attribution attribution;

  /** A group is replaced by where it is, before the head is looked at. */
  private StartAt start;

  private final Function<StartAt.Group, CompletableFuture<StartAt>> groups;

  /** The first offset that is not planned yet. */
  private long planFrom;

  /** The first offset that the reader wants: batches that begin before it are cut. */
  private long wanted;

  /** Whether the offset to begin at was found out. */
  private boolean isStarted;

  private boolean isPlanning;
  private boolean hasSeenHead;

  /** Whether there was nothing to plan at the last look. */
  private boolean isAtEnd;

  private boolean isPaused;
  private boolean isStopped;
  private final PollPace pace;

  /** The object that the last plan missed. */
  private @Nullable String missed;

  /** Reported once what is ready was handed out. */
  private @Nullable RuntimeException failure;

  /** Why there is no plan. It becomes the failure once what is on its way was handed over. */
  private @Nullable RuntimeException planFailure;

  /** Null if nothing does. */
  private @Nullable HeldUp heldUp;

  PartitionFetcher(
      Partition partition,
      StartAt start,
      Function<StartAt.Group, CompletableFuture<StartAt>> groups,
      ObjectStore store,
      LogRuntime runtime,
      ReaderOptions options,
      Shared shared) {
    this.partition = partition;
    this.start = start;
    this.groups = groups;
    this.store = store;
    this.runtime = runtime;
    this.options = options;
    this.lock = shared.lock();
    this.budget = shared.budget().open(this::proceed);
    this.reader = shared;
    this.line = shared.line();
    this.plans = shared.plans();
    this.pace = new PollPace(options);
    this.attribution = options.hasOrigins() ? new Attribution() : null;
    if (start instanceof StartAt.Offset at) {
      startFrom(at.offset());
    }
  }

  private void startFrom(long offset) {
    planFrom = offset;
    wanted = offset;
    isStarted = true;
  }

  int partition() {
    return partition.number();
  }

  /** The offset of the next record to be handed out; empty until it is known where to begin. */
  OptionalLong position() {
    Ready next = ready.peek();
    if (next != null) {
      return OptionalLong.of(next.batch().baseOffset());
    }
    return isStarted ? OptionalLong.of(wanted) : OptionalLong.empty();
  }

  /** The end of the partition as far as it is known. */
  OptionalLong endOffset() {
    CasCell.Snapshot<Head> known = partition.cell().latest();
    return known == null ? OptionalLong.empty() : OptionalLong.of(known.state().nextOffset());
  }

  /** What the partition takes in the store as far as it is known. */
  Optional<StoredBytes> storedBytes() {
    CasCell.Snapshot<Head> known = partition.cell().latest();
    return known == null ? Optional.empty() : Optional.of(new StoredBytes(known.state()));
  }

  boolean isPaused() {
    return isPaused;
  }

  void pause() {
    isPaused = true;
    budget.forget();
    budget.expect(false);
    line.remove(this);
  }

  void resume() {
    isPaused = false;
    proceed();
    tell();
  }

  void stop() {
    isStopped = true;
    ready.forEach(batch -> budget.giveBack(batch.bytes()));
    ready.clear();
    dropFetched();
    budget.close();
    line.remove(this);
  }

  /** Gives back the memory of all that was not handed over. */
  private void dropFetched() {
    fetching.forEach(fetch -> budget.giveBack(fetch.charged));
    fetching.clear();
    dropPlanned();
    budget.forget();
  }

  private void dropPlanned() {
    planned.forEach(block -> plans.remove(block, this));
    planned.clear();
  }

  /** Takes a place in the line, if there is a reason to. */
  void tell() {
    if (!isPaused && !isStopped && (!ready.isEmpty() || failure != null)) {
      line.add(this);
    }
  }

  /** The next batch, if there is one; throws what stopped the fetching once all is handed out. */
  Optional<ReadBatch> poll() {
    if (isPaused) {
      return Optional.empty();
    }
    Ready next = ready.poll();
    if (next != null) {
      budget.giveBack(next.bytes());
      return Optional.of(next.batch());
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  /** Starts whatever can be started. Throws nothing: what goes wrong is the partition's failure. */
  void proceed() {
    attempt(this::start);
  }

  private void start() {
    if (isPaused) {
      return;
    }
    decodeMore();
    fetchMore();
    if (fetching.stream().anyMatch(Fetch::isInline)) {
      decodeMore();
    }
    planMore();
  }

  /** At the end of the log the head is not looked at while there is something to hand out. */
  private void planMore() {
    boolean isDue =
        planned.isEmpty()
            ? ready.isEmpty() || isMoreKnown()
            : planned.size() < LEAST_PLANNED && isMoreKnown();
    if (isDue && !isPlanning && isActive()) {
      isPlanning = true;
      plan();
    }
  }

  /** Whether there will be something to fetch as soon as the plan is made, as far as is known. */
  private boolean isExpecting() {
    return isPlanning && planned.isEmpty() && !isAtEnd && planFailure == null && isActive();
  }

  private boolean isMoreKnown() {
    CasCell.Snapshot<Head> known = partition.cell().latest();
    return hasSeenHead && known != null && planFrom < known.state().nextOffset();
  }

  /** Requests what there is room for, unless others go first. */
  private void fetchMore() {
    while (!planned.isEmpty() && isActive() && !isFull()) {
      JointRun run = isHeldUp() ? null : nextRunIfItMay();
      if (run != null) {
        fetch(run);
      } else if (isShort()) {
        fetch(JointRun.alone(this, whatFits(nextRun())));
      } else {
        return;
      }
    }
  }

  /** Whether what held up the request for the next block still does: to find out costs nothing. */
  private boolean isHeldUp() {
    HeldUp reason = heldUp;
    if (reason == null || !reason.next().equals(planned.peek())) {
      return false;
    }
    return goesAfter(reason.behind())
        || goesAfter(reason.full())
        || !budget.mayTake(reason.bytes(), reason.mine());
  }

  /** Null if it is held up; then so are all who have a part in it, and need not find out. */
  private @Nullable JointRun nextRunIfItMay() {
    JointRun run = JointRun.around(this, nextRun(), options.jointFetchBytes(), plans);
    boolean isHeldUp =
        goesAfter(run.behind())
            || goesAfter(run.full())
            || !budget.mayTake(run.bytes(), run.bytesOfFirst());
    if (!isHeldUp) {
      return run;
    }
    for (JointRun.Part part : run.parts()) {
      part.fetcher().heldUp =
          new HeldUp(part.blocks().get(0), run.behind(), run.full(), run.bytes(), part.bytes());
    }
    return null;
  }

  /**
   * Whether a neighbour has to come to where this one is, and this one has something to go on with
   * until then.
   *
   * @param beside what the neighbour has there
   */
  private boolean goesAfter(PlannedBlocks.@Nullable Planned beside) {
    if (beside == null || !beside.fetcher().isActive() || !plans.has(beside)) {
      return false;
    }
    if (beside.fetcher().isFull()) {
      return fetching.size() > ENOUGH_FETCHING;
    }
    String next = beside.fetcher().planned.element().key();
    return !next.equals(beside.block().key()) && !isShort();
  }

  /** Whether nothing of this partition is on its way to whoever reads. */
  private boolean isShort() {
    return fetching.isEmpty() && ready.isEmpty();
  }

  /** What is paused takes no more room than it has. */
  private boolean isActive() {
    return !isPaused && !isStopped && failure == null;
  }

  /** Whether no request more may be made until one that is under way has come to its end. */
  boolean isFull() {
    return fetching.size() >= MOST_FETCHING;
  }

  /**
   * Whether blocks of this and of another one may be in one request: it goes to the same store, and
   * what comes back is seen by the same workers, which are there as long as the log is open.
   */
  boolean mayShareWith(PartitionFetcher other) {
    return store == other.store && runtime == other.runtime && isActive();
  }

  /**
   * The first of what is planned, and what lies behind it in the same object or head; empty if
   * nothing is planned.
   */
  List<DataBlock> nextRun() {
    List<DataBlock> run = new ArrayList<>();
    long bytes = 0;
    for (DataBlock block : planned) {
      if (!run.isEmpty()
          && (bytes + block.length() > options.fetchBytes()
              || !follows(run.get(run.size() - 1), block))) {
        break;
      }
      run.add(block);
      bytes += block.length();
    }
    return run;
  }

  private static boolean follows(DataBlock before, DataBlock block) {
    if (before.inline() != null || block.inline() != null) {
      return before.inline() != null && block.inline() != null;
    }
    return block.key().equals(before.key())
        && block.position() == before.position() + before.length();
  }

  /** As much of a run as there is room for, one block at least. */
  private List<DataBlock> whatFits(List<DataBlock> run) {
    long bytes = run.stream().mapToLong(DataBlock::length).sum();
    while (run.size() > 1 && bytes > reader.budget().free()) {
      bytes -= run.remove(run.size() - 1).length();
    }
    return run;
  }

  private void plan() {
    if (start instanceof StartAt.Group group) {
      lookAtCursor(group);
      return;
    }
    if (start instanceof StartAt.Timestamp time && !isStarted) {
      lookForTime(time);
      return;
    }
    CasCell.Snapshot<Head> known = partition.cell().latest();
    if (known != null && isMoreKnown()) {
      planOn(known.state());
    } else {
      lookAtHead();
    }
  }

  private void lookForTime(StartAt.Timestamp time) {
    on(
        new TimeSeek(partition, store, runtime, time.timestampMillis()).find(),
        (found, trouble) -> {
          if (found == null) {
            failPlanning(Failures.translate(orNone(trouble), "looking for a time in " + partition));
          } else {
            startFrom(found.orEnd());
            plan();
          }
        });
  }

  private void lookAtCursor(StartAt.Group group) {
    on(
        groups.apply(group),
        (found, trouble) -> {
          if (found == null) {
            failPlanning(
                Failures.translate(orNone(trouble), "reading the cursor of " + group.name()));
            return;
          }
          start = found;
          if (found instanceof StartAt.Offset at) {
            startFrom(at.offset());
          }
          plan();
        });
  }

  private void lookAtHead() {
    on(
        partition.cell().readIfPresent(),
        (found, trouble) -> {
          if (trouble != null || found == null) {
            failPlanning(Failures.translate(orNone(trouble), "reading the head of " + partition));
          } else if (found.isEmpty()) {
            // The writer that adds the partition has not created the head yet: it ends at 0.
            if (start instanceof StartAt.Latest && !isStarted) {
              startFrom(0);
              hasSeenHead = true;
            }
            lookAgainLater();
          } else {
            seen(found.get().state());
          }
        });
  }

  private void seen(Head head) {
    if (!hasSeenHead && start instanceof StartAt.Earliest) {
      startFrom(head.startOffset());
    } else if (!hasSeenHead && start instanceof StartAt.Latest) {
      startFrom(head.nextOffset());
    } else if (!hasSeenHead
        && start instanceof StartAt.Timestamp time
        && planFrom < head.startOffset()) {
      // Trimmed since it was found: the first one of that time is another one now.
      lookForTime(time);
      return;
    }
    if (head.state().status() == LogState.Status.DELETED) {
      failPlanning(new RaftlessException.LogNotFound("the log of " + partition + " was deleted"));
    } else if (!hasSeenHead && planFrom > head.nextOffset()) {
      failPlanning(
          new RaftlessException.OffsetBeyondEnd(
              "offset "
                  + planFrom
                  + " is beyond the end of "
                  + partition
                  + ", which is "
                  + head.nextOffset()
                  + ": was the position taken from another log?",
              partition(),
              planFrom,
              head.nextOffset()));
    } else {
      hasSeenHead = true;
      if (planFrom < head.nextOffset()) {
        pace.somethingCame();
        planOn(head);
      } else {
        lookAgainLater();
      }
    }
  }

  private void lookAgainLater() {
    isAtEnd = true;
    on(
        runtime.after(Duration.ofMillis(pace.nextPauseMillis())),
        (unused, trouble) -> {
          if (trouble == null) {
            lookAtHead();
          }
        });
  }

  private void planOn(Head head) {
    isAtEnd = false;
    if (planFrom < head.startOffset()) {
      if (options.onTrimmed() == ReaderOptions.OnTrimmed.FAIL) {
        failPlanning(trimmed(head));
        return;
      }
      LOG.warn(
          "{} was trimmed: going on at offset {}, not {}", partition, head.startOffset(), wanted);
      planFrom = head.startOffset();
      wanted = Math.max(wanted, planFrom);
      if (planFrom == head.nextOffset()) {
        lookAgainLater();
        return;
      }
    }
    long from = planFrom;
    on(
        blocksFrom(head, from),
        (plan, trouble) -> {
          if (planFrom != from) {
            // The plan was made anew in the meantime: what came back would leave a gap.
            isPlanning = false;
            proceed();
          } else if (plan != null && !plan.blocks().isEmpty()) {
            isPlanning = false;
            missed = null;
            planned(plan);
            proceed();
          } else if (unwrapped(trouble) instanceof StaleStateException stale) {
            planOnNewHead(stale);
          } else {
            failPlanning(Failures.translate(orNone(trouble), "reading the index of " + partition));
          }
        });
  }

  private CompletableFuture<IndexReader.Attributed> blocksFrom(Head head, long from) {
    IndexReader index = partition.index();
    return attribution == null
        ? index
            .blocksFrom(head, from)
            .thenApply(blocks -> new IndexReader.Attributed(blocks, List.of()))
        : index.attributedFrom(head, from);
  }

  private void planned(IndexReader.Attributed plan) {
    List<DataBlock> blocks = plan.blocks();
    planned.addAll(blocks);
    blocks.forEach(block -> plans.add(block, this));
    planFrom = blocks.get(blocks.size() - 1).endOffset();
    if (attribution != null) {
      attribution.planned(blocks, plan.origins());
    }
  }

  private RaftlessException trimmed(Head head) {
    return new RaftlessException.OffsetTrimmed(
        "offset "
            + planFrom
            + " of "
            + partition
            + " was trimmed away, the first there is is "
            + head.startOffset()
            + ": read from there, or set onTrimmed to EARLIEST",
        partition(),
        planFrom,
        head.startOffset());
  }

  /**
   * A node or a footer is gone: the head was stale, or the log is damaged. Objects are stored
   * before a head refers to them, so a head that was read after an object was missed must not refer
   * to it. That the head has changed since proves nothing: somebody may append all the time.
   */
  private void planOnNewHead(StaleStateException stale) {
    String what = String.valueOf(stale.getMessage());
    if (what.equals(missed)) {
      String key = stale.key() == null ? partition.cell().key() : stale.key();
      failPlanning(missingNode(key, what));
      return;
    }
    missed = what;
    on(
        partition.cell().readIfPresent(),
        (found, trouble) -> {
          if (found == null || found.isEmpty()) {
            failPlanning(Failures.translate(orNone(trouble), "reading the head of " + partition));
          } else {
            seen(found.get().state());
          }
        });
  }

  /** How far the node would have reached nobody knows without it. */
  private RaftlessException missingNode(String key, String what) {
    return new RaftlessException.Corrupted(
        Damage.of(
            Damage.Kind.MISSING_OBJECT,
            partition(),
            key,
            planFrom,
            -1,
            what + ", but the newest head refers to it"));
  }

  /** There is no plan from here on; what is on its way comes before it and is handed out first. */
  private void failPlanning(RuntimeException cause) {
    if (planned.isEmpty() && fetching.isEmpty()) {
      fail(cause);
    } else {
      planFailure = cause;
    }
  }

  /** Makes one request, whether or not there is room for it. */
  private void fetch(JointRun run) {
    List<Begun> begun =
        run.parts().stream()
            .map(part -> new Begun(part.fetcher(), part.fetcher().begin(part.blocks())))
            .toList();
    if (run.isInline()) {
      return;
    }
    var unused =
        read(run).whenComplete((arrived, trouble) -> deliverThere(begun, arrived, trouble));
    for (Begun part : begun) {
      if (part.fetcher() != this) {
        part.fetcher().attempt(part.fetcher()::planMore);
      }
    }
  }

  /** Empty if the object is gone. */
  private CompletableFuture<List<Arrived>> read(JointRun run) {
    try {
      return store
          .getRange(run.key(), run.position(), (int) run.bytes(), run.reader())
          .thenApply(found -> found.orElse(List.of()));
    } catch (RuntimeException e) {
      // All who have a part in it must hear of it, and not only who made the request.
      return CompletableFuture.failedFuture(e);
    }
  }

  private Fetch begin(List<DataBlock> blocks) {
    for (DataBlock block : blocks) {
      planned.remove();
      plans.remove(block, this);
    }
    Fetch fetch = new Fetch(List.copyOf(blocks));
    budget.take(fetch.charged);
    fetching.add(fetch);
    return fetch;
  }

  /**
   * What is decoded is handed over where the request completes: to wake up a worker for it takes
   * longer. Not if that is here and now: whoever is in the middle of a step would find that another
   * was done meanwhile.
   */
  private void deliverThere(
      List<Begun> begun, @Nullable List<Arrived> arrived, @Nullable Throwable trouble) {
    boolean isQuick =
        arrived != null && !arrived.isEmpty() && arrived.stream().allMatch(Arrived::isDecoded);
    if (isQuick && !Thread.holdsLock(lock)) {
      deliver(begun, arrived, trouble);
    } else {
      runtime.workers().execute(() -> deliver(begun, arrived, trouble));
    }
  }

  /**
   * To each partition its part, and then they go on: what one of them makes of it is nothing to the
   * others.
   *
   * @param arrived empty if the object is gone
   */
  private void deliver(
      List<Begun> begun, @Nullable List<Arrived> arrived, @Nullable Throwable trouble) {
    synchronized (lock) {
      for (int i = 0; i < begun.size(); i++) {
        Begun to = begun.get(i);
        Arrived part = arrived == null || arrived.isEmpty() ? null : arrived.get(i);
        to.fetcher().attempt(() -> to.fetcher().came(to.fetch(), part, trouble));
      }
      begun.forEach(part -> part.fetcher().proceed());
      reader.budget().proceedWaiting();
    }
  }

  private void came(Fetch fetch, @Nullable Arrived arrived, @Nullable Throwable trouble) {
    if (!fetching.contains(fetch)) {
      return; // The plan was made anew in the meantime.
    }
    if (arrived != null) {
      arrived(fetch, arrived);
    } else if (trouble == null) {
      missing(fetch);
    } else {
      giveUp(fetch, Failures.translate(trouble, "reading " + fetch.key()));
    }
  }

  private void arrived(Fetch fetch, Arrived arrived) {
    for (List<LogRecord> records : arrived.decoded()) {
      DataBlock block = fetch.blocks.get(fetch.decoded);
      // Its stored bytes are not kept, and have had more room than its records need.
      giveBackAsStored(fetch, block.length());
      budget.take(block.recordBytes());
      fetch.charged += block.recordBytes();
      decoded(fetch, block, records, block.recordBytes());
    }
    fetch.body = arrived.rest();
    fetch.bodyFrom = fetch.decoded;
    DamagedException damage = arrived.damage();
    if (damage != null) {
      giveUp(fetch, Failures.translate(damage, "reading " + fetch.key()));
    } else {
      handOver();
    }
  }

  /** Nothing more comes of this request; what is before it is handed out first. */
  private void giveUp(Fetch fetch, RuntimeException trouble) {
    fetch.trouble = trouble;
    handOver();
  }

  /** Decodes the next block of every request that came back, as far as there is room. */
  private void decodeMore() {
    for (Fetch fetch : List.copyOf(fetching)) {
      ByteBuffer body = fetch.body;
      if (body == null || fetch.isDecoding || fetch.isDecoded() || fetch.trouble != null) {
        continue;
      }
      DataBlock block = fetch.blocks.get(fetch.decoded);
      BatchBlock parsed;
      try {
        parsed = block.parse(partition(), fetch.nextBytes(body));
      } catch (FormatException e) {
        giveUp(fetch, Failures.translate(e, "reading " + fetch.key()));
        return;
      }
      int bytes = parsed.uncompressedBytes();
      boolean isNext = fetch == fetching.peek() && ready.isEmpty();
      if (isNext) {
        budget.take(bytes);
      } else if (!budget.tryTake(bytes)) {
        return;
      }
      fetch.charged += bytes;
      fetch.isDecoding = true;
      decode(fetch, block, parsed);
    }
  }

  private void decode(Fetch fetch, DataBlock block, BatchBlock parsed) {
    on(
        CompletableFuture.supplyAsync(() -> block.records(partition(), parsed), runtime.workers()),
        (records, trouble) -> {
          if (!fetching.contains(fetch)) {
            return; // The plan was made anew in the meantime.
          }
          fetch.isDecoding = false;
          if (records == null) {
            giveUp(fetch, Failures.translate(orNone(trouble), "reading " + fetch.key()));
            return;
          }
          decoded(fetch, block, records, parsed.uncompressedBytes());
          handOver();
          start();
        });
  }

  /** The next block of a request is decoded, and charged so. */
  private void decoded(Fetch fetch, DataBlock block, List<LogRecord> records, int bytes) {
    fetch.batches.add(new Ready(new ReadBatch(partition(), block.baseOffset(), records), bytes));
    fetch.decoded++;
    if (fetch.isDecoded()) {
      fetch.body = null;
      giveBackAsStored(fetch, fetch.chargedAsStored);
    }
  }

  private void giveBackAsStored(Fetch fetch, long bytes) {
    fetch.chargedAsStored -= bytes;
    fetch.charged -= bytes;
    budget.giveBack(bytes);
  }

  /** Keeps the order: what came back early waits for what is before it. */
  private void handOver() {
    while (failure == null && !fetching.isEmpty()) {
      Fetch first = fetching.element();
      while (failure == null && !first.batches.isEmpty()) {
        Ready batch = first.batches.remove();
        first.charged -= batch.bytes();
        handOver(batch);
      }
      if (failure == null && first.trouble != null) {
        fail(first.trouble);
      }
      if (failure != null || !first.isDecoded()) {
        break;
      }
      fetching.remove();
    }
    RuntimeException noPlan = planFailure;
    if (failure == null && noPlan != null && planned.isEmpty() && fetching.isEmpty()) {
      fail(noPlan);
    }
    tell();
  }

  private void handOver(Ready next) {
    ReadBatch batch = next.batch();
    if (batch.baseOffset() > wanted) {
      // Invariant: offsets are handed out without a gap.
      budget.giveBack(next.bytes());
      fail(
          new IllegalStateException(
              partition + ": offset " + wanted + " is followed by " + batch.baseOffset()));
    } else if (batch.nextOffset() <= wanted) {
      budget.giveBack(next.bytes()); // A plan that was made anew may overlap what was handed out.
    } else {
      addReady(from(batch, wanted), next.bytes());
      wanted = batch.nextOffset();
    }
  }

  /** The memory is given back with the last part: until then the parts share it. */
  private void addReady(ReadBatch batch, int bytes) {
    List<ReadBatch> parts = attribution == null ? List.of(batch) : attribution.cut(batch);
    for (ReadBatch part : parts) {
      boolean isLast = part.nextOffset() == batch.nextOffset();
      ready.add(new Ready(part, isLast ? bytes : 0));
    }
  }

  private static ReadBatch from(ReadBatch batch, long offset) {
    if (offset <= batch.baseOffset()) {
      return batch;
    }
    int skipped = (int) (offset - batch.baseOffset());
    return new ReadBatch(
        batch.partition(), offset, batch.records().subList(skipped, batch.records().size()));
  }

  /**
   * A data object is gone. If the newest head does not refer to it any more, it was compacted or
   * trimmed, and the plan is made anew; if it does, the log is damaged (design §6).
   */
  private void missing(Fetch fetch) {
    DataBlock block = fetch.blocks.get(0);
    on(
        partition.cell().readIfPresent().thenCompose(found -> isReferenced(found, block)),
        (isReferenced, trouble) -> {
          if (!fetching.contains(fetch)) {
            return; // The plan was made anew in the meantime.
          }
          if (unwrapped(trouble) instanceof StaleStateException) {
            planAnew(fetch);
          } else if (isReferenced == null) {
            giveUp(fetch, Failures.translate(orNone(trouble), "reading the index of " + partition));
          } else if (isReferenced) {
            Damage damage =
                block.damage(
                    Damage.Kind.MISSING_OBJECT,
                    partition(),
                    "it is gone, but the newest head refers to it");
            giveUp(fetch, new RaftlessException.Corrupted(damage));
          } else {
            planAnew(fetch);
          }
        });
  }

  private CompletableFuture<Boolean> isReferenced(
      Optional<CasCell.Snapshot<Head>> found, DataBlock block) {
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    Head head = found.get().state();
    return partition
        .index()
        .blocksFrom(head, block.baseOffset())
        .thenApply(blocks -> head.startOffset() < block.endOffset() && blocks.contains(block));
  }

  /**
   * Drops a request and all that were made after it, and plans from there. By their places and not
   * by offsets: a block may begin before the offset that it was planned for (a segment in the place
   * of batches of which some were handed out), so offsets need not ascend.
   */
  private void planAnew(Fetch missed) {
    Fetch last;
    do {
      last = fetching.removeLast();
      budget.giveBack(last.charged);
    } while (last != missed);
    dropPlanned();
    Fetch before = fetching.peekLast();
    long from = before == null ? missed.baseOffset() : before.endOffset();
    planFrom = Math.max(from, wanted);
    if (planFailure != null) {
      // It was about what comes after: this plan begins earlier, and may go another way.
      planFailure = null;
      isPlanning = false;
    }
    proceed();
  }

  /** Nothing more is fetched: the memory is for the other partitions. */
  private void fail(RuntimeException cause) {
    failure = cause;
    dropFetched();
    tell();
  }

  /** The next step, on a worker and under the lock, unless the partition is not read any more. */
  private <T> void on(
      CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> step) {
    var unused =
        future.whenCompleteAsync(
            (value, trouble) -> go(() -> step.accept(value, trouble)), runtime.workers());
  }

  private void go(Runnable step) {
    synchronized (lock) {
      attempt(step);
      reader.budget().proceedWaiting();
    }
  }

  /** A step of this partition: what it throws is its failure, and nothing to whoever calls. */
  private void attempt(Runnable step) {
    if (isStopped || failure != null) {
      return;
    }
    try {
      step.run();
    } catch (RuntimeException e) {
      fail(e);
    } catch (Error e) {
      // Else whoever polls would wait for data that nobody fetches.
      fail(new IllegalStateException("reading " + partition + " broke", e));
    }
    budget.expect(isExpecting());
  }

  private static Throwable orNone(@Nullable Throwable trouble) {
    return trouble == null ? new IllegalStateException("no answer") : trouble;
  }

  private static @Nullable Throwable unwrapped(@Nullable Throwable trouble) {
    return trouble instanceof CompletionException && trouble.getCause() != null
        ? trouble.getCause()
        : trouble;
  }
}
