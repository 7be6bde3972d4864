package io.raftless.connect.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.connector.ConnectorContext;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the logs of a connector: looks for them again and again, and asks for another distribution
 * of tasks when there is something new, once it is pinned ({@link StartPins}).
 *
 * <p>{@link #begin} and {@link #look} are called by one thread at a time, {@link #known} by any.
 */
final class LogMonitor {
  private static final Logger LOG = LoggerFactory.getLogger(LogMonitor.class);
  private static final int MOST_DOUBLINGS = 4;

  private final SourceConfig config;
  private final LogFinder finder;
  private final StartPins pins;
  private final ConnectorContext context;

  /** Invariant: every partition of these has a cursor. */
  private volatile List<FoundLog> known = List.of();

  private boolean isRequestDue;
  private int failures;

  LogMonitor(SourceConfig config, LogFinder finder, StartPins pins, ConnectorContext context) {
    this.config = config;
    this.finder = finder;
    this.pins = pins;
    this.context = context;
  }

  /** What there is to read. */
  List<FoundLog> known() {
    return known;
  }

  /**
   * Looks for the first time.
   *
   * @throws RuntimeException if the store cannot be read or written
   */
  void begin() {
    known = pins.begin(finder.find());
    if (known.isEmpty()) {
      LOG.warn("There is no log to read yet: {}", waitingFor());
    }
    config.logs().stream()
        .filter(wanted -> known.stream().noneMatch(log -> log.id().equals(wanted)))
        .forEach(absent -> LOG.warn("There is no log {}: {}", absent, waitingFor()));
  }

  private String waitingFor() {
    return config.discoveryInterval().isZero()
        ? "create it and restart the connector, or set " + SourceConfig.DISCOVERY_INTERVAL_MS
        : "it is looked for every " + config.discoveryInterval().toSeconds() + " s";
  }

  /**
   * Looks again.
   *
   * @return how long to wait until the next time; empty if the connector has failed
   */
  Optional<Duration> look() {
    try {
      boolean goesOn = lookOnce();
      failures = 0;
      return goesOn ? Optional.of(config.discoveryInterval()) : Optional.empty();
    } catch (RuntimeException e) {
      // Whatever it was: the tasks go on with what is known, and the next look may be luckier.
      Duration wait =
          config.discoveryInterval().multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS));
      failures++;
      LOG.warn(
          "Looking for new logs and partitions failed, {} times in a row; again in {} ms",
          failures,
          wait.toMillis(),
          e);
      return Optional.of(wait);
    }
  }

  private boolean lookOnce() {
    List<FoundLog> found = finder.find();
    List<FoundLog> removed =
        known.stream().filter(log -> found.stream().noneMatch(log::isSameAs)).toList();
    if (!removed.isEmpty() && !config.ignoresRemoved()) {
      context.raiseError(removed(removed));
      return false;
    }
    removed.forEach(
        log -> LOG.warn("Log {} of incarnation {} is gone", log.id(), log.incarnation()));
    List<FoundLog> changed = found.stream().filter(log -> !known.contains(log)).toList();
    if (!removed.isEmpty() || !changed.isEmpty()) {
      List<FoundLog> pinned = pins.later(changed);
      List<FoundLog> now = new ArrayList<>();
      for (FoundLog log : found) {
        if (known.contains(log)) {
          now.add(log);
        } else {
          pinned.stream().filter(other -> other.id().equals(log.id())).forEach(now::add);
        }
      }
      LOG.info("The logs to read are now {}, they were {}", now, known);
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
}
