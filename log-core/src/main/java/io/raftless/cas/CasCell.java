package io.raftless.cas;

import io.raftless.runtime.LogRuntime;
import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One mutable object and this process's latest knowledge of it. Any number of updates may run at
 * once, here and in other processes; each is one conditional write in the end.
 *
 * <p>How an update ends (design §4):
 *
 * <table>
 *   <caption>What follows from an attempt on ETag e</caption>
 *   <tr><th>the store said</th><th>what is done</th></tr>
 *   <tr><td>stored</td><td>done; nothing on e can land any more</td></tr>
 *   <tr><td>conflict</td><td>read, decide again on what is there, as if it might have landed</td></tr>
 *   <tr><td>unknown</td><td>the same; while the head still has e, the attempt may land later</td></tr>
 *   <tr><td>(a rejection while an attempt on e may land)</td><td>write a bare version bump on e, then
 *       decide again</td></tr>
 *   <tr><td>(time is up while an attempt is undecided)</td><td>"unknown"</td></tr>
 *   <tr><td>(time is up, every attempt decided)</td><td>"failed"</td></tr>
 * </table>
 *
 * <p>Thread-safe.
 *
 * @param <S> the state
 */
public final class CasCell<S> {
  private static final Duration UNKNOWN_BACKOFF = Duration.ofMillis(50);

  private static final Duration MOST_BACKOFF = Duration.ofSeconds(1);

  /**
   * A state with the ETag of its body.
   *
   * @param etag of the body
   * @param state as decoded
   * @param <S> the state
   */
  public record Snapshot<S>(ETag etag, S state) {}

  private final ObjectStore store;
  private final String key;
  private final Schema<S> schema;
  private final LogRuntime runtime;
  private final CreateOnce objects;
  private final Supplier<CompletableFuture<S>> whenMissing;
  private final UpdateCounts counts;
  private final Turns turns;

  /** Invariant: its version never decreases. Guarded by this for writing. */
  private volatile @Nullable Snapshot<S> latest;

  /**
   * Makes a cell; nothing is read yet.
   *
   * @param whenMissing gives the first state of an object that does not exist, or fails to say that
   *     it should
   */
  public CasCell(
      ObjectStore store,
      String key,
      Schema<S> schema,
      LogRuntime runtime,
      Supplier<CompletableFuture<S>> whenMissing) {
    this(store, key, schema, runtime, whenMissing, new UpdateCounts());
  }

  /**
   * Makes a cell; nothing is read yet.
   *
   * @param whenMissing gives the first state of an object that does not exist, or fails to say that
   *     it should
   * @param counts where its updates are counted
   */
  public CasCell(
      ObjectStore store,
      String key,
      Schema<S> schema,
      LogRuntime runtime,
      Supplier<CompletableFuture<S>> whenMissing,
      UpdateCounts counts) {
    this.store = store;
    this.key = key;
    this.schema = schema;
    this.runtime = runtime;
    this.turns = new Turns(runtime.isPatient());
    this.objects = new CreateOnce(store, runtime);
    this.whenMissing = whenMissing;
    this.counts = counts;
  }

  /** The object's key. */
  public String key() {
    return key;
  }

  /** What this process knows, without asking; null if nothing was read yet. */
  public @Nullable Snapshot<S> latest() {
    return latest;
  }

  /**
   * How long an update that can wait should wait before it begins, so that other processes have
   * their turns. Zero unless they got in the way of the last updates of this process.
   */
  public Duration pause() {
    return turns.pause(runtime.clock().millis());
  }

  /**
   * Reads the object: one conditional GET. Creates it if it is missing and should not be.
   *
   * <p>Fails with {@link StoreException} or {@link io.raftless.format.FormatException}.
   */
  public CompletableFuture<Snapshot<S>> read() {
    return readIfPresent()
        .thenCompose(
            found -> found.map(CompletableFuture::completedFuture).orElseGet(this::create));
  }

  /**
   * Reads the object: one conditional GET. Empty if it is missing.
   *
   * <p>Fails with {@link StoreException} or {@link io.raftless.format.FormatException}.
   */
  public CompletableFuture<Optional<Snapshot<S>>> readIfPresent() {
    Snapshot<S> known = latest;
    CompletableFuture<GetOutcome> answer =
        known == null ? store.get(key) : store.getIfChanged(key, known.etag());
    return answer.thenApply(
        outcome -> {
          if (outcome instanceof GetOutcome.Found found) {
            return Optional.of(learn(found));
          }
          if (known == null) {
            return Optional.empty();
          }
          if (outcome instanceof GetOutcome.Missing) {
            throw StoreException.refused(
                key
                    + " was there with version "
                    + schema.version(known.state())
                    + " and is gone: somebody deleted it. Restore it before anything writes");
          }
          return Optional.of(learn(known));
        });
  }

  private Snapshot<S> learn(GetOutcome.Found found) {
    if (found.storeDate() != null) {
      runtime.labels().observe(found.storeDate());
    }
    return learn(new Snapshot<>(found.etag(), schema.decode(found.body())));
  }

  private CompletableFuture<Snapshot<S>> create() {
    return whenMissing
        .get()
        .thenCompose(
            first -> {
              S stamped = schema.stamped(first, 1);
              return store
                  .putIfAbsent(key, schema.encode(stamped))
                  .thenCompose(
                      outcome -> {
                        if (outcome instanceof PutOutcome.Stored stored) {
                          return CompletableFuture.completedFuture(
                              learn(new Snapshot<>(stored.etag(), stamped)));
                        }
                        // Somebody created it, maybe we: whoever it was, it is there or we try
                        // again.
                        Throwable cause =
                            outcome instanceof PutOutcome.Unknown unknown ? unknown.cause() : null;
                        return store.get(key).thenApply(again -> found(again, cause));
                      });
            });
  }

  private Snapshot<S> found(GetOutcome outcome, @Nullable Throwable cause) {
    if (outcome instanceof GetOutcome.Found found) {
      return learn(found);
    }
    throw StoreException.unavailable(
        key + " was to be created and is not there yet",
        cause == null ? new IllegalStateException("absent after a conflict") : cause);
  }

  /** Keeps the newest of what is known and returns it. */
  private synchronized Snapshot<S> learn(Snapshot<S> snapshot) {
    Snapshot<S> known = latest;
    if (known == null || schema.version(known.state()) < schema.version(snapshot.state())) {
      latest = snapshot;
      return snapshot;
    }
    return known;
  }

  /**
   * Applies a transition. Starts from what this process knows, so an uncontended update is one PUT;
   * an answer that needs no PUT is given on a state that was read since the call.
   *
   * <p>Fails with {@link UpdateException} if time is up or the store refuses, and with what {@code
   * transition} throws.
   *
   * @param timeout after which no new attempt is made
   */
  public <R> CompletableFuture<R> update(Transition<S, R> transition, Duration timeout) {
    Update<R> update = new Update<>(transition, runtime.clock().millis() + timeout.toMillis());
    Snapshot<S> known = latest;
    if (known == null || turns.isContended()) {
      // While others replace it all the time, an attempt on what is known only loses.
      update.guarded(update::refresh);
    } else {
      update.guarded(() -> update.decide(known));
    }
    return update.result;
  }

  /** One update under way. Its steps follow one another, each started by the one before. */
  private final class Update<R> {
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private final long deadlineMillis;
    private Transition<S, R> transition;
    private int tries;

    /**
     * The ETag on which attempts were made of which nobody knows yet what became. All undecided
     * attempts are on one ETag: the next attempt is made only after a decision on what was read
     * since.
     */
    private @Nullable ETag undecided;

    private @Nullable Throwable lastTrouble;

    /** Whether an attempt may have taken effect of which nothing can be seen any more. */
    private boolean isPastTelling;

    /**
     * Whether the store was read since this update began: what was known before may be long past.
     */
    private boolean isCurrent;

    /** Whether the outcome of an attempt was ever unknown. For the counts only. */
    private boolean wasUnknown;

    /** Attempts that lost. */
    private int lost;

    /** When it began, or the store was read last. */
    private long roundMillis = runtime.clock().millis();

    Update(Transition<S, R> transition, long deadlineMillis) {
      this.transition = transition;
      this.deadlineMillis = deadlineMillis;
    }

    void decide(Snapshot<S> snapshot) {
      Verdict<S, R> verdict = transition.apply(snapshot.state());
      if (!isCurrent
          && (verdict instanceof Verdict.Hold<S, R> || verdict instanceof Verdict.Reject<S, R>)) {
        // A write proves that its state was current; an answer without a write needs a read.
        refresh();
        return;
      }
      if (verdict instanceof Verdict.Hold<S, R> hold) {
        succeed(hold.result());
        return;
      }
      if (verdict instanceof Verdict.NeedLookup<S, R>) {
        lookUp(snapshot);
        return;
      }
      // Invariant: here the transition has said that its effect is not in this state. If the state
      // is another one than our attempts were made on, they did not land and never will.
      if (undecided != null && !undecided.equals(snapshot.etag())) {
        undecided = null;
        isPastTelling = transition.cannotTell(snapshot.state());
      }
      if (verdict instanceof Verdict.Replace<S, R> replace) {
        if (timeIsUp()) {
          giveUp();
        } else {
          replace(snapshot, replace);
        }
      } else if (verdict instanceof Verdict.Reject<S, R> reject) {
        if (undecided == null) {
          succeed(reject.result());
        } else if (timeIsUp()) {
          giveUp();
        } else {
          barrier(snapshot);
        }
      }
    }

    private void lookUp(Snapshot<S> snapshot) {
      on(
          transition.lookUp(snapshot.state()),
          (informed, trouble) -> {
            if (informed != null) {
              transition = informed;
              decide(snapshot);
            } else {
              // A stale state is read anew; a store that cannot be read is tried again.
              troubled(trouble);
            }
          });
    }

    private void replace(Snapshot<S> snapshot, Verdict.Replace<S, R> replace) {
      if (replace.before().isEmpty()) {
        attempt(snapshot, replace.next(), () -> succeed(replace.result()));
        return;
      }
      var created =
          replace.before().stream()
              .map(object -> objects.create(object.key(), object.body(), deadlineMillis))
              .toArray(CompletableFuture<?>[]::new);
      on(
          CompletableFuture.allOf(created),
          (unused, trouble) -> {
            if (trouble != null) {
              troubled(trouble);
            } else {
              attempt(snapshot, replace.next(), () -> succeed(replace.result()));
            }
          });
    }

    /**
     * Makes it certain that no attempt on this snapshot's ETag can land any more: by changing the
     * ETag and nothing else.
     */
    private void barrier(Snapshot<S> snapshot) {
      attempt(snapshot, snapshot.state(), this::decideOnLatest);
    }

    private void attempt(Snapshot<S> snapshot, S next, Runnable whenStored) {
      S stamped = schema.stamped(next, schema.version(snapshot.state()) + 1);
      on(
          store.putIfMatch(key, snapshot.etag(), schema.encode(stamped)),
          (outcome, trouble) -> {
            if (outcome instanceof PutOutcome.Stored stored) {
              undecided = null;
              isCurrent = true;
              learn(new Snapshot<>(stored.etag(), stamped));
              won(schema.version(stamped));
              whenStored.run();
            } else if (unwrapped(trouble) instanceof StoreException refusal
                && !refusal.isTransient()) {
              // The store refused this request for good: it took no effect.
              refused(refusal);
            } else {
              undecided = snapshot.etag();
              transition = transition.attemptedOn(snapshot.state());
              if (outcome instanceof PutOutcome.Conflict) {
                counts.conflict();
                lost++;
                tries++;
                Duration most = turns.backoff(lost);
                refreshAfter(runtime.jitter(0, most, most));
              } else {
                wasUnknown = true;
                lastTrouble =
                    outcome instanceof PutOutcome.Unknown unknown ? unknown.cause() : trouble;
                refreshAfter(runtime.jitter(tries++, UNKNOWN_BACKOFF, MOST_BACKOFF));
              }
            }
          });
    }

    private void won(long version) {
      long now = runtime.clock().millis();
      turns.won(lost, version, now - roundMillis, now);
    }

    private void decideOnLatest() {
      Snapshot<S> known = latest;
      if (known == null) {
        refresh();
      } else {
        decide(known);
      }
    }

    void refresh() {
      roundMillis = runtime.clock().millis();
      on(
          read(),
          (snapshot, trouble) -> {
            if (snapshot != null) {
              isCurrent = true;
              decide(snapshot);
            } else {
              troubled(trouble);
            }
          });
    }

    private void refreshAfter(Duration delay) {
      on(
          runtime.after(delay),
          (unused, trouble) -> {
            if (trouble != null) {
              refused(trouble);
            } else {
              refresh();
            }
          });
    }

    /** The store could not be read. Only a transient trouble is worth another try. */
    private void troubled(@Nullable Throwable trouble) {
      Throwable cause = unwrapped(trouble);
      lastTrouble = cause;
      boolean isTransient =
          cause instanceof StaleStateException
              || (cause instanceof StoreException store && store.isTransient());
      if (!isTransient) {
        refused(cause);
      } else if (timeIsUp()) {
        giveUp();
      } else {
        refreshAfter(runtime.jitter(tries++, UNKNOWN_BACKOFF, MOST_BACKOFF));
      }
    }

    private void refused(@Nullable Throwable trouble) {
      Throwable cause = unwrapped(trouble);
      if (isUnknown()) {
        fail(
            UpdateException.unknown(
                "nobody knows whether the write of " + key + " landed: " + cause.getMessage(),
                cause));
      } else {
        fail(cause);
      }
    }

    private void succeed(R outcome) {
      if (wasUnknown) {
        counts.unknownEnded(true);
      }
      result.complete(outcome);
    }

    private void fail(Throwable failure) {
      if (wasUnknown) {
        counts.unknownEnded(!isUnknown());
      }
      result.completeExceptionally(failure);
    }

    private boolean isUnknown() {
      return undecided != null || isPastTelling;
    }

    private void giveUp() {
      if (isUnknown()) {
        fail(
            UpdateException.unknown(
                "time is up, and nobody knows whether the write of " + key + " landed",
                lastTrouble));
      } else {
        fail(
            UpdateException.failed(
                "time is up: " + key + " was not changed after " + tries + " tries", lastTrouble));
      }
    }

    private boolean timeIsUp() {
      return runtime.clock().millis() >= deadlineMillis;
    }

    /** The next step, when something has an answer. */
    private <T> void on(
        CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> step) {
      var unused =
          future.whenComplete((value, trouble) -> guarded(() -> step.accept(value, trouble)));
    }

    /** Whatever a step throws ends the update: a caller must not wait forever. */
    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        refused(e);
      }
    }
  }

  private static Throwable unwrapped(@Nullable Throwable trouble) {
    Throwable cause = trouble;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null ? new IllegalStateException("no cause") : cause;
  }
}
