package io.raftless.sim;

import io.raftless.cas.UpdateException;
import io.raftless.head.Append;
import io.raftless.head.AppendOutcome;
import io.raftless.head.AppendRequest;
import io.raftless.id.Label;
import io.raftless.log.AppendProbe;
import io.raftless.log.LogWriter;
import java.lang.StackWalker.StackFrame;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Notes what a trace needs and the journal does not have.
 *
 * <p>Which update an attempt is of is not in its request. But the update waits for the answer: the
 * continuation that it hangs on the future leads to it, to its transition and to its result.
 */
final class TraceRecorder implements Recorder {

  /**
   * One conditional write of a head.
   *
   * @param update equal for attempts of one update only
   * @param transition its name
   * @param group what it is to append; empty if it is no append
   */
  record Attempt(Object update, String transition, List<AppendRequest> group) {}

  /** Something that was noted when the journal had so many entries. */
  sealed interface Note {
    int number();
  }

  /**
   * An update of a group ended.
   *
   * @param outcomes of its requests; null if it ended with a failure
   * @param isUnknown with a failure: whether nobody can tell
   */
  record Ended(int number, Object update, @Nullable List<AppendOutcome> outcomes, boolean isUnknown)
      implements Note {}

  /** A request got its place in the order. */
  record Enqueued(int number, Request request) implements Note {}

  /**
   * A writer gave up what it had.
   *
   * @param end what was told of that is in the journal before this
   * @param taken those of its requests that the committer had taken
   */
  record GaveUp(int number, int end, String machine, List<Object> streams, List<Label> taken)
      implements Note {}

  /** One request of a writer. */
  static final class Request {
    private final String machine;
    private final int life;
    private final AppendProbe probe;
    private final List<String> texts = new ArrayList<>();

    Request(String machine, int life, AppendProbe probe) {
      this.machine = machine;
      this.life = life;
      this.probe = probe;
    }

    String machine() {
      return machine;
    }

    int life() {
      return life;
    }

    AppendProbe probe() {
      return probe;
    }

    /** Of its records, in order. */
    List<String> texts() {
      return texts;
    }
  }

  private static final Field TRANSITION = field("io.raftless.cas.CasCell$Update", "transition");
  private static final Field RESULT = field("io.raftless.cas.CasCell$Update", "result");
  private static final Field REQUESTS = field(Append.class.getName(), "requests");

  private final Journal journal;
  private final String headKeyEnd;
  private final Map<Integer, Attempt> attempts = new HashMap<>();
  private final Set<Integer> surveys = new HashSet<>();
  private final List<Note> notes = new ArrayList<>();
  private final Map<Object, Request> requests = new LinkedHashMap<>();
  private final Map<String, Request> byText = new HashMap<>();
  private final IdentityHashMap<Object, Boolean> known = new IdentityHashMap<>();
  private @Nullable GaveUp givingUp;

  TraceRecorder(Journal journal, int partition) {
    this.journal = journal;
    this.headKeyEnd = "/" + partition + "/head";
  }

  private static Field field(String owner, String name) {
    try {
      Field field = Class.forName(owner).getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(owner + " has changed: tell its recorder", e);
    }
  }

  private static Object value(Field field, Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of a request of this number; null if it is no attempt on the head. */
  @Nullable Attempt attempt(int request) {
    return attempts.get(request);
  }

  /** Whether the request of this number reads a head to see what vacuum must keep. */
  boolean isSurvey(int request) {
    return surveys.contains(request);
  }

  /** In the order of the journal. */
  List<Note> notes() {
    return notes;
  }

  /** Of a record; null if it was never handed over. */
  @Nullable Request request(String text) {
    return byText.get(text);
  }

  @Override
  public <T> CompletableFuture<T> sent(StoreRequest<T> request) {
    if (!request.key().endsWith(headKeyEnd)) {
      return request.future();
    }
    if (request.kind() == StoreRequest.Kind.REPLACE) {
      Watched<T> watched = new Watched<>(request.number());
      var unused =
          request
              .future()
              .whenComplete(
                  (value, trouble) -> {
                    if (trouble == null) {
                      watched.complete(value);
                    } else {
                      watched.completeExceptionally(trouble);
                    }
                  });
      return watched;
    }
    if (StackWalker.getInstance().walk(frames -> frames.anyMatch(TraceRecorder::isOfSurvey))) {
      surveys.add(request.number());
    }
    return request.future();
  }

  private static boolean isOfSurvey(StackFrame frame) {
    return frame.getClassName().endsWith(".IndexSurvey");
  }

  @Override
  public void appended(Machine machine, LogWriter writer, List<String> texts) {
    List<AppendProbe> outstanding = AppendProbe.outstanding(writer);
    AppendProbe last = outstanding.get(outstanding.size() - 1);
    Request request =
        requests.computeIfAbsent(
            last.identity(),
            any -> {
              Request first = new Request(machine.name(), machine.life(), last);
              notes.add(new Enqueued(journal.size(), first));
              return first;
            });
    request.texts.addAll(texts);
    texts.forEach(text -> byText.put(text, request));
  }

  @Override
  public void givesUp(Machine machine, LogWriter writer) {
    List<Object> streams =
        AppendProbe.outstanding(writer).stream().map(AppendProbe::stream).distinct().toList();
    List<Label> taken = new ArrayList<>();
    for (AppendProbe probe : AppendProbe.outstanding(writer)) {
      Label label = probe.label();
      if (label != null && probe.isTaken()) {
        taken.add(label);
      }
    }
    givingUp = new GaveUp(journal.size(), 0, machine.name(), streams, taken);
  }

  @Override
  public void gaveUp() {
    GaveUp begun = givingUp;
    if (begun != null) {
      // Where it began, since what it said to others comes after it.
      int place = notes.size();
      while (place > 0 && notes.get(place - 1).number() > begun.number()) {
        place--;
      }
      notes.add(
          place,
          new GaveUp(
              begun.number(), journal.size(), begun.machine(), begun.streams(), begun.taken()));
      givingUp = null;
    }
  }

  private Attempt attempted(int number, BiConsumer<?, ?> continuation) {
    Object update = updateOf(continuation);
    Object transition = value(TRANSITION, update);
    List<AppendRequest> group = List.of();
    if (transition instanceof Append) {
      group =
          ((List<?>) value(REQUESTS, transition)).stream().map(AppendRequest.class::cast).toList();
    }
    Attempt attempt = new Attempt(update, transition.getClass().getSimpleName(), group);
    attempts.put(number, attempt);
    return attempt;
  }

  /**
   * To be called when the first answer comes. Of those who wait for a future, the last to come is
   * the first to hear: so we hear of the end before anybody acts on it.
   */
  private void listen(Attempt attempt) {
    Object update = attempt.update();
    if (!attempt.group().isEmpty() && known.put(update, true) == null) {
      var unused =
          ((CompletableFuture<?>) value(RESULT, update))
              .whenComplete((result, trouble) -> ended(update, result, trouble));
    }
  }

  private void ended(Object update, @Nullable Object result, @Nullable Throwable trouble) {
    List<AppendOutcome> outcomes =
        result == null ? null : ((List<?>) result).stream().map(AppendOutcome.class::cast).toList();
    Throwable cause = trouble;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    boolean isUnknown = cause instanceof UpdateException known && known.isUnknown();
    notes.add(new Ended(journal.size(), update, outcomes, isUnknown));
  }

  /** The update is among what the continuation keeps. */
  private static Object updateOf(Object continuation) {
    for (Field field : continuation.getClass().getDeclaredFields()) {
      field.setAccessible(true);
      Object kept = value(field, continuation);
      if (kept != null && kept.getClass() == TRANSITION.getDeclaringClass()) {
        return kept;
      }
    }
    throw new IllegalStateException(
        continuation + " does not lead to an update: CasCell has changed, tell its recorder");
  }

  /** Tells who waits for it. */
  private final class Watched<T> extends CompletableFuture<T> {
    private final int number;

    Watched(int number) {
      this.number = number;
    }

    @Override
    public CompletableFuture<T> whenComplete(BiConsumer<? super T, ? super Throwable> action) {
      Attempt attempt = attempted(number, action);
      return super.whenComplete(
          (value, trouble) -> {
            listen(attempt);
            action.accept(value, trouble);
          });
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }
}
