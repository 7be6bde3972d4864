package io.raftless.flink.source;

import io.raftless.flink.UnrecoverableException;
import io.raftless.head.LogState;
import io.raftless.log.LogAdmin;
import io.raftless.log.LogId;
import io.raftless.log.LogSummary;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Discovers logs in the object store. Transient failures are tried again, with a warning. */
final class LogDiscovery implements Discovery {
  private static final Logger LOG = LoggerFactory.getLogger(LogDiscovery.class);

  /** With the pauses between them about a minute, on top of what the store itself tries again. */
  private static final int MOST_ATTEMPTS = 8;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(16);

  /** How to wait between two attempts. */
  @FunctionalInterface
  interface Pause {
    void sleep(Duration duration) throws InterruptedException;
  }

  private final SourceSettings<?> settings;
  private final Supplier<ObjectStore> opening;
  private final Pause pause;

  /** Guarded by this. */
  private @Nullable ObjectStore store;

  /** Guarded by this. */
  private boolean isClosed;

  /**
   * @param opening opens the store, when it is needed
   */
  LogDiscovery(SourceSettings<?> settings, Supplier<ObjectStore> opening) {
    this(settings, opening, duration -> Thread.sleep(duration.toMillis()));
  }

  LogDiscovery(SourceSettings<?> settings, Supplier<ObjectStore> opening, Pause pause) {
    this.settings = settings;
    this.opening = opening;
    this.pause = pause;
  }

  @Override
  public Found look(Map<LogId, KnownLog> known, boolean isFirst)
      throws IOException, InterruptedException {
    Duration wait = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      try {
        return lookOnce(known, isFirst);
      } catch (RuntimeException e) {
        IOException failure = SourceFailure.toException("log " + settings.subscription(), e);
        if (failure instanceof UnrecoverableException || attempt == MOST_ATTEMPTS || isClosed()) {
          throw failure;
        }
        LOG.warn(
            "Looking for partitions of {} failed, attempt {} of {}; trying again in {}",
            settings.subscription(),
            attempt,
            MOST_ATTEMPTS,
            wait,
            e);
      }
      pause.sleep(wait);
      wait = wait.multipliedBy(2);
      if (wait.compareTo(LONGEST_PAUSE) > 0) {
        wait = LONGEST_PAUSE;
      }
    }
  }

  private Found lookOnce(Map<LogId, KnownLog> known, boolean isFirst) throws IOException {
    ObjectStore opened = store();
    Map<LogId, KnownLog> logs = new LinkedHashMap<>();
    List<RaftlessSplit> splits = new ArrayList<>();
    long trimmedRecords = 0;
    for (LogSummary log : existing(opened, isFirst)) {
      @Nullable KnownLog before = known.get(log.id());
      int partitions = before == null ? 0 : KnownLog.of(before, log.incarnation());
      if (settings.isBounded() && !isFirst) {
        // It is settled what is read.
        if (before != null) {
          logs.put(log.id(), new KnownLog(log.incarnation(), partitions));
        }
      } else if (log.partitions() > partitions) {
        @Nullable SplitMaker made = newSplits(opened, log, partitions, isFirst);
        if (made != null) {
          splits.addAll(made.finish());
          trimmedRecords += made.trimmedRecords();
          logs.put(log.id(), made.known());
        }
      } else {
        logs.put(log.id(), new KnownLog(log.incarnation(), partitions));
      }
    }
    // The first ranges of all partitions come first: what is read at a time is of about one time.
    splits.sort(Comparator.comparingInt(RaftlessSplit::range));
    return new Found(logs, splits, trimmedRecords);
  }

  /** Null if the log was deleted a moment ago. */
  private @Nullable SplitMaker newSplits(
      ObjectStore opened, LogSummary log, int knownPartitions, boolean isFirst) throws IOException {
    try (RaftlessLog handle = RaftlessLog.open(opened, log.id())) {
      // It may have been created again a moment ago, too.
      int from = handle.incarnation().equals(log.incarnation()) ? knownPartitions : 0;
      SplitMaker maker = new SplitMaker(settings, handle, isFirst);
      for (int partition = from; partition < handle.partitions(); partition++) {
        maker.begin(partition);
      }
      maker.finish();
      return maker;
    } catch (RuntimeException e) {
      if (!SourceFailure.isRemoved(e)) {
        throw e;
      }
      if (isFirst && settings.subscription() instanceof Subscription.Listed) {
        throw SourceFailure.notFound(log.id());
      }
      return null;
    }
  }

  private List<LogSummary> existing(ObjectStore opened, boolean isFirst) throws IOException {
    List<LogSummary> existing = new ArrayList<>();
    try (LogAdmin admin = LogAdmin.of(opened)) {
      if (settings.subscription() instanceof Subscription.Matching matching) {
        for (LogSummary log : admin.list(matching.prefix()).join()) {
          if (matching.contains(log.id()) && isThere(log)) {
            existing.add(log);
          }
        }
      } else {
        Map<LogId, CompletableFuture<Optional<LogSummary>>> found = new LinkedHashMap<>();
        for (LogId id : ((Subscription.Listed) settings.subscription()).logs()) {
          found.put(id, admin.find(id));
        }
        for (Map.Entry<LogId, CompletableFuture<Optional<LogSummary>>> entry : found.entrySet()) {
          LogId id = entry.getKey();
          Optional<LogSummary> log = entry.getValue().join();
          if (log.isPresent() && isThere(log.get())) {
            existing.add(log.get());
          } else if (isFirst) {
            throw SourceFailure.notFound(id);
          }
        }
      }
    }
    return existing;
  }

  private static boolean isThere(LogSummary log) {
    return log.state().status() != LogState.Status.DELETED;
  }

  private synchronized boolean isClosed() {
    return isClosed;
  }

  private synchronized ObjectStore store() {
    if (isClosed) {
      throw new IllegalStateException("the source's enumerator is closed");
    }
    if (store == null) {
      store = opening.get();
    }
    return store;
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (store != null) {
      store.close();
      store = null;
    }
  }
}
