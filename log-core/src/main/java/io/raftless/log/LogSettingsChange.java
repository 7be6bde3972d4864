package io.raftless.log;

import io.raftless.head.ChangeSettings;
import io.raftless.head.LogChange;
import io.raftless.head.LogSettings;
import io.raftless.id.LabelSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Changes what {@code log.json} says of how the log is to be worked with. */
final class LogSettingsChange {
  private final RaftlessLog log;
  private final CurrentLog current;
  private final LabelSource labels;

  LogSettingsChange(RaftlessLog log, CurrentLog current, LabelSource labels) {
    this.log = log;
    this.current = current;
    this.labels = labels;
  }

  /** See {@link RaftlessLog#changeSettings}. */
  CompletableFuture<LogSettings> change(UnaryOperator<LogSettings> operation) {
    return change(null, operation);
  }

  /** See {@link RaftlessLog#replaceSettings}. */
  CompletableFuture<LogSettings> replace(LogSettings expected, LogSettings next) {
    return change(expected, there -> next);
  }

  private CompletableFuture<LogSettings> change(
      @Nullable LogSettings expected, UnaryOperator<LogSettings> operation) {
    ChangeSettings change =
        ChangeSettings.of(
            current.incarnation(), expected, operation, labels.next(current.known().horizon()));
    return Failures.translated(
        current
            .refresh()
            .thenCompose(unused -> current.change(change))
            .thenApply(this::requireDone),
        "changing the settings of log " + log.id());
  }

  private LogSettings requireDone(LogChange outcome) {
    if (outcome instanceof LogChange.Done done) {
      return done.log().settings();
    }
    throw new RaftlessException.Refused(
        "the settings of log "
            + log.id()
            + " are not the expected ones any more, somebody changed them to "
            + ((LogChange.Overtaken) outcome).log().settings()
            + ": look at them, then decide again");
  }
}
