package io.raftless.connect.source;

import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.connect.connector.ConnectorContext;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the logs of a connector: looks for them again and again, and asks for another distribution
 * of tasks when there is something new, once it is pinned ({@link StartPins}).
 *
 * <p>If the store fails at the start, it is tried again, *because* nobody restarts a connector that
 * has failed; until then there is no answer to which tasks there are, and Connect leaves those that
 * run as they are.
 *
 * <p>{@link #begin} and {@link #look} are called by one thread at a time, the others by any.
 */
final class LogMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogMonitor.class);
  private static final int MOST_DOUBLINGS = 4;
  private static final Duration FIRST_WAIT = Duration.ofSeconds(2);

  private final SourceConfig config;
  private final Supplier<ObjectStore> stores;
  private final ConnectorContext context;

  /** Null until it has begun. Invariant: every partition of these has a cursor. */
  private volatile @Nullable List<FoundLog> known;

  private boolean isRequestDue;
  private int failures;
  private Duration waitedToBegin = Duration.ZERO;

  /** Guarded by this, like the next one. Null until the store could be opened. */
  private @Nullable Access access;

  private boolean isClosed;

  private record Access(ObjectStore store, LogFinder finder, StartPins pins) {
    void close() {
      finder.close();
      store.close();
    }
  }

  /**
   * @param stores opens the store, which this closes
   */
  LogMonitor(SourceConfig config, Supplier<ObjectStore> stores, ConnectorContext context) {
    this.config = config;
    this.stores = stores;
    this.context = context;
  }

  /**
   * What there is to read.
   *
   * @throws ConnectException if that is not known yet, since the store failed
   */
  List<FoundLog> known() {
    List<FoundLog> now = known;
    if (now == null) {
      throw new ConnectException(
          "which logs there are is not known yet, since the store failed when the connector"
              + " started; it is tried again, and the tasks stay as they are: see the worker's log");
    }
    return now;
  }

  /**
   * Looks for the first time.
   *
   * @return how long to wait until {@link #look}; empty if there is no need to
   * @throws RuntimeException if it cannot begin, and trying again would not help
   */
  Optional<Duration> begin() {
    try {
      beginOnce();
      return next();
    } catch (RuntimeException e) {
      if (!Beginner.isOfStore(e)) {
        throw e;
      }
      return tryToBeginLater(e);
    }
  }

  private Access access() {
    synchronized (this) {
      if (access != null) {
        return access;
      }
    }
    ObjectStore store = stores.get();
    Access opened =
        new Access(
            store,
            new LogFinder(config, store),
            new StartPins(store, config.group(), config.startPosition()));
    synchronized (this) {
      if (isClosed) {
        opened.close();
        throw new IllegalStateException("the connector is stopped");
      }
      access = opened;
    }
    return opened;
  }

  private void beginOnce() {
    Access open = access();
    List<FoundLog> found = open.pins().begin(open.finder().find());
    if (found.isEmpty()) {
      LOG.warn("There is no log to read yet: {}", waitingFor());
    }
    config.logs().stream()
        .filter(wanted -> found.stream().noneMatch(log -> log.id().equals(wanted)))
        .forEach(absent -> LOG.warn("There is no log {}: {}", absent, waitingFor()));
    known = found;
  }

  private String waitingFor() {
    return config.discoveryInterval().isZero()
        ? "create it and restart the connector, or set " + SourceConfig.DISCOVERY_INTERVAL_MS
        : "it is looked for every " + config.discoveryInterval().toSeconds() + " s";
  }

  private Optional<Duration> next() {
    Duration interval = config.discoveryInterval();
    return interval.isZero() ? Optional.empty() : Optional.of(interval);
  }

  private Optional<Duration> tryToBeginLater(RuntimeException failure) {
    Duration wait = backOff(FIRST_WAIT);
    if (waitedToBegin.compareTo(config.retryTimeout()) >= 0) {
      context.raiseError(
          new ConnectException(
              "the store has failed since the connector started, "
                  + waitedToBegin.toSeconds()
                  + " s ago: see the store, then restart the connector, or raise "
                  + SourceConfig.RETRY_TIMEOUT_MS
                  + ": "
                  + failure.getMessage(),
              failure));
      return Optional.empty();
    }
    waitedToBegin = waitedToBegin.plus(wait);
    LOG.warn(
        "The connector could not begin, since the store failed; again in {} ms",
        wait.toMillis(),
        failure);
    return Optional.of(wait);
  }

  private Duration backOff(Duration first) {
    return first.multipliedBy(1L << Math.min(failures++, MOST_DOUBLINGS));
  }

  /**
   * Looks again.
   *
   * @return how long to wait until the next time; empty if there is none, or the connector has
   *     failed
   */
  Optional<Duration> look() {
    try {
      if (known == null) {
        beginOnce();
        isRequestDue = true;
      }
      boolean goesOn = lookOnce();
      failures = 0;
      return goesOn ? next() : Optional.empty();
    } catch (RuntimeException e) {
      // Whatever it was: the tasks go on with what is known, and the next look may be luckier.
      if (known == null) {
        return tryToBeginLater(e);
      }
      Duration wait =
          backOff(config.discoveryInterval().isZero() ? FIRST_WAIT : config.discoveryInterval());
      LOG.warn(
          "Looking for new logs and partitions failed, {} times in a row; again in {} ms",
          failures,
          wait.toMillis(),
          e);
      return Optional.of(wait);
    }
  }

  private boolean lookOnce() {
    Access open = access();
    List<FoundLog> before = known();
    List<FoundLog> found = open.finder().find();
    List<FoundLog> removed =
        before.stream().filter(log -> found.stream().noneMatch(log::isSameAs)).toList();
    if (!removed.isEmpty() && !config.ignoresRemoved()) {
      context.raiseError(removed(removed));
      return false;
    }
    removed.forEach(
        log -> LOG.warn("Log {} of incarnation {} is gone", log.id(), log.incarnation()));
    List<FoundLog> changed = found.stream().filter(log -> !before.contains(log)).toList();
    if (!removed.isEmpty() || !changed.isEmpty()) {
      List<FoundLog> pinned = open.pins().later(changed);
      List<FoundLog> now = new ArrayList<>();
      for (FoundLog log : found) {
        if (before.contains(log)) {
          now.add(log);
        } else {
          pinned.stream().filter(other -> other.id().equals(log.id())).forEach(now::add);
        }
      }
      LOG.info("The logs to read are now {}, they were {}", now, before);
      known = List.copyOf(now);
      isRequestDue = true;
    }
    if (isRequestDue) {
      context.requestTaskReconfiguration();
      isRequestDue = false;
    }
    return true;
  }

  private static ConnectException removed(List<FoundLog> removed) {
    FoundLog log = removed.get(0);
    return new ConnectException(
        "log "
            + log.id()
            + " of incarnation "
            + log.incarnation()
            + " was deleted, or deleted and created again"
            + (removed.size() > 1 ? " (and " + (removed.size() - 1) + " more)" : "")
            + ". Restart the connector and its tasks to go on with what there is now, or set "
            + SourceConfig.ON_REMOVED
            + "=ignore");
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (access != null) {
      access.close();
    }
  }
}
