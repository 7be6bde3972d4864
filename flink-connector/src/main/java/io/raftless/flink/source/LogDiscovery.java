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
  private final Pause pause;

  /** Guarded by this. */
  private @Nullable ObjectStore store;

  /** Guarded by this. */
  private boolean isClosed;

  LogDiscovery(SourceSettings<?> settings) {
    this(settings, duration -> Thread.sleep(duration.toMillis()));
  }

  LogDiscovery(SourceSettings<?> settings, Pause pause) {
    this.settings = settings;
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
        try (RaftlessLog handle = RaftlessLog.open(opened, log.id())) {
          // It may have been created again a moment ago.
          int from = handle.incarnation().equals(log.incarnation()) ? partitions : 0;
          SplitMaker maker = new SplitMaker(settings, handle, isFirst);
          for (int partition = from; partition < handle.partitions(); partition++) {
            if (settings.reads(partition)) {
              maker.begin(partition);
            }
          }
          splits.addAll(maker.finish());
          trimmedRecords += maker.trimmedRecords();
          logs.put(log.id(), new KnownLog(handle.incarnation(), handle.partitions()));
        }
      } else {
        logs.put(log.id(), new KnownLog(log.incarnation(), partitions));
      }
    }
    // The first ranges of all partitions come first: what is read at a time is of about one time.
    splits.sort(Comparator.comparingInt(RaftlessSplit::range));
    return new Found(logs, splits, trimmedRecords);
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
        for (LogId id : ((Subscription.Listed) settings.subscription()).logs()) {
          Optional<LogSummary> log = admin.find(id).join();
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
      store = settings.store().open();
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
