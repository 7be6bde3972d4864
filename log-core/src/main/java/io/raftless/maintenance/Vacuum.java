package io.raftless.maintenance;

import io.raftless.cas.CasCell;
import io.raftless.head.AdvanceHorizon;
import io.raftless.head.ForgetTrimmed;
import io.raftless.head.IndexReader;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogState;
import io.raftless.head.RaiseHorizon;
import io.raftless.id.Label;
import io.raftless.index.IndexShape;
import io.raftless.runtime.LogRuntime;
import io.raftless.runtime.Waiting;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only thing that deletes objects (design §7). In this order, and the order is what makes it
 * safe:
 *
 * <ol>
 *   <li>{@code log.json} gets the horizon, then every head that this version of it names. From then
 *       on no head of the log takes a label below the <em>bound</em>: the smallest horizon that was
 *       seen, in {@code log.json} or in a head.
 *   <li>What is trimmed and below the horizon is dropped from the indexes.
 *   <li>The indexes are read: what is below the bound and not needed now never will be.
 *   <li>Everything is listed, and that is deleted.
 * </ol>
 *
 * <p>Any number of vacuums may run at a time, and one that stops half-way has done no harm. Clocks
 * decide how soon something goes, never whether it is needed.
 */
public final class Vacuum {
  private static final Logger LOG = LoggerFactory.getLogger(Vacuum.class);

  /** Further apart, one of the clocks is wrong, and nobody knows which. */
  static final Duration MOST_APART = Duration.ofMinutes(5);

  /** As often somebody may delete or create the log while it is begun. */
  private static final int MOST_BEGINNINGS = 5;

  private final ObjectStore store;
  private final String root;
  private final CasCell<LogDescriptor> descriptor;
  private final LogRuntime runtime;
  private final Duration timeout;
  private final IndexShape shape;

  /**
   * Makes a vacuum for a log, whichever incarnation it is of.
   *
   * @param root key prefix of the log, ending in a slash
   * @param descriptor of {@code log.json}; fails to create it
   * @param timeout of one change of {@code log.json} or a head
   * @param shape of the indexes of the log
   */
  public Vacuum(
      ObjectStore store,
      String root,
      CasCell<LogDescriptor> descriptor,
      LogRuntime runtime,
      Duration timeout,
      IndexShape shape) {
    this.store = store;
    this.root = root;
    this.descriptor = descriptor;
    this.runtime = runtime;
    this.timeout = timeout;
    this.shape = shape;
  }

  /**
   * Deletes garbage. Blocks until it is done: call it on a thread that may be blocked.
   *
   * @param garbage hears every key that is about to be deleted, or would be in a dry run
   * @throws java.util.concurrent.CompletionException if the store could not be read or a head not
   *     be changed. What was deleted until then was garbage; run it again
   * @throws io.raftless.format.FormatException if the log is damaged; nothing was deleted
   */
  public VacuumReport run(VacuumOptions options, Consumer<String> garbage) {
    for (int beginnings = 1; beginnings <= MOST_BEGINNINGS; beginnings++) {
      LogDescriptor log = Waiting.join(descriptor.read()).state();
      if (log.state().status() == LogState.Status.DELETED) {
        return sweepDead(log, options, garbage);
      }
      VacuumReport.Clocks clocks = clocks();
      Label target =
          clocks == VacuumReport.Clocks.AGREE
              ? horizon(options.retentionOf(log.settings()))
              : Label.ZERO;
      if (options.isDryRun()) {
        Label horizon = log.horizon().compareTo(target) >= 0 ? log.horizon() : target;
        return tryOut(log, horizon, clocks, options, garbage);
      }
      RaiseHorizon.Outcome outcome =
          Waiting.join(descriptor.update(new RaiseHorizon(log.incarnation(), target), timeout));
      if (outcome instanceof RaiseHorizon.Outcome.Raised raised) {
        return sweepLive(raised.log(), log.horizon(), clocks, options, garbage);
      }
    }
    throw new IllegalStateException(
        root + " was deleted or created " + MOST_BEGINNINGS + " times while a vacuum was begun");
  }

  private VacuumReport.Clocks clocks() {
    if (!(Waiting.join(store.get(descriptor.key())) instanceof GetOutcome.Found found)) {
      throw new IllegalStateException(descriptor.key() + " is gone: restore it");
    }
    Instant storeDate = found.storeDate();
    if (storeDate == null) {
      LOG.warn("The store of {} does not say what time it is: the horizon stays", root);
      return VacuumReport.Clocks.STORE_SILENT;
    }
    Duration apart = Duration.between(runtime.clock().instant(), storeDate).abs();
    if (apart.compareTo(MOST_APART) > 0) {
      LOG.warn(
          "This machine's clock and that of the store of {} are {} apart: the horizon stays. Set"
              + " this machine's clock right",
          root,
          apart);
      return VacuumReport.Clocks.APART;
    }
    return VacuumReport.Clocks.AGREE;
  }

  private Label horizon(Duration retention) {
    return Label.lowest(runtime.clock().instant().minus(retention));
  }

  private VacuumReport sweepLive(
      LogDescriptor log,
      Label horizonBefore,
      VacuumReport.Clocks clocks,
      VacuumOptions options,
      Consumer<String> garbage) {
    LogHeads heads = heads(log);
    Label bound = raiseHeads(heads, log.horizon(), options);
    // Not the log's own: it would drop from memory what writers and readers need.
    IndexReader index = new IndexReader(store, heads.keys());
    AtomicLong forgotten = new AtomicLong();
    Parallel.forEach(
        heads.partitions(),
        options.requestsInFlight(),
        partition ->
            heads
                .update(partition, new ForgetTrimmed(heads.keys(), runtime.labels(), shape, index))
                .thenAccept(forgotten::addAndGet));
    IndexSurvey survey = survey(heads, index, options, bound);
    survey.look();
    OtherIncarnations others = others(options);
    Sweep sweep =
        new Sweep(
            store, root, options, log.incarnation(), bound, survey::isNeeded, others, garbage);
    sweep.run();
    return sweep.report(clocks, horizonBefore, log.horizon(), forgotten.get());
  }

  /**
   * Brings the horizon to every head, and returns the bound.
   *
   * <p>That of {@code log.json} counts as well as those of the heads: *because* a faster vacuum may
   * have brought all these heads further, while a partition that was added after this {@code
   * log.json} was read still has no more than what it inherited.
   */
  private Label raiseHeads(LogHeads heads, Label horizon, VacuumOptions options) {
    ConcurrentLinkedQueue<Label> seen = new ConcurrentLinkedQueue<>();
    seen.add(horizon);
    Parallel.forEach(
        heads.partitions(),
        options.requestsInFlight(),
        partition -> heads.update(partition, new AdvanceHorizon(horizon)).thenAccept(seen::add));
    return seen.stream().min(Label::compareTo).orElseThrow();
  }

  private VacuumReport tryOut(
      LogDescriptor log,
      Label horizon,
      VacuumReport.Clocks clocks,
      VacuumOptions options,
      Consumer<String> garbage) {
    LogHeads heads = heads(log);
    IndexReader index = new IndexReader(store, heads.keys());
    IndexSurvey survey = survey(heads, index, options, horizon);
    long forgotten = survey.lookAhead();
    OtherIncarnations others = others(options);
    Sweep sweep =
        new Sweep(
            store, root, options, log.incarnation(), horizon, survey::isNeeded, others, garbage);
    sweep.run();
    return sweep.report(clocks, log.horizon(), horizon, forgotten);
  }

  /** Of a log that is deleted nothing is needed but its heads, whatever its age. */
  private VacuumReport sweepDead(
      LogDescriptor log, VacuumOptions options, Consumer<String> garbage) {
    OtherIncarnations others = others(options);
    Sweep sweep = new Sweep(store, root, options, null, Label.ZERO, label -> true, others, garbage);
    sweep.run();
    return sweep.report(clocks(), log.horizon(), log.horizon(), 0);
  }

  private LogHeads heads(LogDescriptor log) {
    return new LogHeads(store, root, runtime, timeout, descriptor, log);
  }

  private IndexSurvey survey(
      LogHeads heads, IndexReader index, VacuumOptions options, Label bound) {
    return new IndexSurvey(
        heads, index, runtime.labels(), shape, options.requestsInFlight(), bound);
  }

  private OtherIncarnations others(VacuumOptions options) {
    return new OtherIncarnations(store, root, runtime, timeout, descriptor, options);
  }
}
