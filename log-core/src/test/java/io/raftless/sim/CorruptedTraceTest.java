package io.raftless.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.id.Label;
import io.raftless.spec.TraceModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A check of traces that accepts everything would prove nothing. So real traces are corrupted, each
 * in one place, and TLC must say which event does not fit.
 */
@Timeout(600)
class CorruptedTraceTest {

  /**
   * One corruption.
   *
   * @param name what is wrong
   * @param attempt gives the corrupted trace, or null if there is nothing in this one to corrupt
   */
  private record Corruption(String name, Function<List<TraceEvent>, @Nullable Corrupted> attempt) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * What came of it.
   *
   * @param position of the event that no action may allow, from 1
   */
  private record Corrupted(List<TraceEvent> events, int position) {}

  static Stream<Corruption> corruptions() {
    return Stream.of(
        new Corruption("an append that took effect is left out", CorruptedTraceTest::drop),
        new Corruption("another offset is told", CorruptedTraceTest::tellAnotherOffset),
        new Corruption(
            "an append that was acked is told as failed", CorruptedTraceTest::tellFailed),
        new Corruption("an append that failed is told as acked", CorruptedTraceTest::tellAcked),
        new Corruption("an append takes effect twice", CorruptedTraceTest::repeat),
        new Corruption("a holder of long ago appends", CorruptedTraceTest::oldEpoch),
        new Corruption(
            "an attempt is undecided and told as failed", CorruptedTraceTest::unknownFailed),
        new Corruption("a fence returns before the head has it", CorruptedTraceTest::fenceEarly),
        new Corruption("a needed object is deleted", CorruptedTraceTest::deleteNeeded),
        new Corruption("a reader leaves a batch out", CorruptedTraceTest::readHole),
        new Corruption("a compaction loses a batch", CorruptedTraceTest::compactLoss));
  }

  @ParameterizedTest
  @MethodSource("corruptions")
  void theModelSaysWhichEventDoesNotFit(Corruption corruption, @TempDir Path scratch)
      throws Exception {
    Corrupted corrupted = find(corruption);
    Files.createDirectories(scratch);
    // What comes after it is of no interest.
    List<TraceEvent> events =
        corrupted
            .events()
            .subList(0, Math.min(corrupted.events().size(), corrupted.position() + 1));
    TraceModel.Result result =
        TraceModel.check(TraceModule.render(List.of(List.of(), events)), scratch);
    assertThat(result.fits()).as(result.report()).isFalse();
    assertThat(result.trace()).isEqualTo(2);
    assertThat(result.position()).as(result.verdict()).isEqualTo(corrupted.position());
  }

  /** In the first seed that has something to corrupt. */
  @SuppressWarnings("try")
  private static Corrupted find(Corruption corruption) {
    try (Strands strands = new Strands();
        Quiet unused = new Quiet()) {
      for (long seed = 1; seed <= 500; seed++) {
        Corrupted corrupted = corruption.attempt().apply(TraceRun.of(seed, strands).events());
        if (corrupted != null) {
          return corrupted;
        }
      }
    }
    throw new AssertionError("no trace has what is needed for: " + corruption.name());
  }

  private static boolean is(TraceEvent event, String field, Object value) {
    return value.equals(event.fields().get(field));
  }

  private static boolean isAppend(TraceEvent event) {
    return is(event, "event", "landed") && is(event, "change", "append");
  }

  /** The place of the first such event from a place on; -1 if there is none. */
  private static int next(List<TraceEvent> events, int from, Predicate<TraceEvent> isIt) {
    for (int i = Math.max(0, from); i < events.size(); i++) {
      if (isIt.test(events.get(i))) {
        return i;
      }
    }
    return -1;
  }

  private static @Nullable Corrupted replaced(List<TraceEvent> events, int place, TraceEvent by) {
    List<TraceEvent> corrupted = new ArrayList<>(events);
    corrupted.set(place, by);
    return new Corrupted(corrupted, place + 1);
  }

  private static @Nullable Corrupted drop(List<TraceEvent> events) {
    int place = next(events, 0, CorruptedTraceTest::isAppend);
    if (place < 0) {
      return null;
    }
    Object proc = events.get(place).get("proc");
    List<TraceEvent> corrupted = new ArrayList<>(events);
    corrupted.remove(place);
    // The next change has a version too much, and nobody can have answered "stored".
    int noticed =
        next(
            corrupted,
            place,
            event ->
                is(event, "event", "landed")
                    || (is(event, "outcome", "stored") && is(event, "proc", proc)));
    return noticed < 0 ? null : new Corrupted(corrupted, noticed + 1);
  }

  private static @Nullable Corrupted tellAnotherOffset(List<TraceEvent> events) {
    int place =
        next(events, 0, event -> is(event, "event", "told") && is(event, "verdict", "acked"));
    if (place < 0) {
      return null;
    }
    TraceEvent told = events.get(place);
    return replaced(events, place, told.with("offset", (Long) told.get("offset") + 1));
  }

  private static @Nullable Corrupted tellFailed(List<TraceEvent> events) {
    int place =
        next(
            events,
            0,
            event ->
                is(event, "event", "told") && is(event, "verdict", "acked") && !event.has("group"));
    return place < 0
        ? null
        : replaced(events, place, events.get(place).with("verdict", "failed").with("offset", 0L));
  }

  private static @Nullable Corrupted tellAcked(List<TraceEvent> events) {
    int place =
        next(
            events,
            0,
            event ->
                is(event, "event", "told")
                    && is(event, "verdict", "failed")
                    && !event.has("group"));
    return place < 0 ? null : replaced(events, place, events.get(place).with("verdict", "acked"));
  }

  private static TraceEvent withHead(TraceEvent event, String field, long change) {
    Map<String, Object> head = new LinkedHashMap<>();
    ((Map<?, ?>) event.get("head")).forEach((name, value) -> head.put((String) name, value));
    head.put(field, ((Number) head.getOrDefault(field, 0)).longValue() + change);
    return event.with("head", head);
  }

  private static @Nullable Corrupted repeat(List<TraceEvent> events) {
    int place = next(events, 0, CorruptedTraceTest::isAppend);
    if (place < 0) {
      return null;
    }
    TraceEvent landed = events.get(place);
    int made = next(events, 0, event -> is(event, "event", "made"));
    if (made < 0 || !List.of(events.get(made).get("label")).equals(landed.get("adds"))) {
      return null;
    }
    long count = ((Number) events.get(made).get("count")).longValue();
    TraceEvent again = withHead(withHead(landed, "version", 1), "next", count);
    again = withHead(again, "batches", 1);
    List<TraceEvent> corrupted = new ArrayList<>(events);
    corrupted.add(place + 1, again);
    return new Corrupted(corrupted, place + 2);
  }

  /** After another holder acquired, a request of the one before is sent as if it were current. */
  private static @Nullable Corrupted oldEpoch(List<TraceEvent> events) {
    Map<Object, Object> epochs = new LinkedHashMap<>();
    for (int i = 0; i < events.size(); i++) {
      TraceEvent event = events.get(i);
      if (!is(event, "change", "acquire")) {
        continue;
      }
      Object before = epochs.put(event.get("writerId"), event.get("epoch"));
      Map<?, ?> head = (Map<?, ?>) event.get("head");
      if (before == null || !"OPEN".equals(head.get("status"))) {
        continue;
      }
      Label fresh = above(TraceEvent.labels(events));
      List<TraceEvent> corrupted = new ArrayList<>(events.subList(0, i + 1));
      TraceEvent any = TraceEvent.of(event.number(), "put");
      corrupted.add(any.with("kind", "wal").with("label", fresh));
      corrupted.add(
          any.with("event", "made")
              .with("proc", "zombie")
              .with("stream", "of a zombie")
              .with("label", fresh)
              .with("count", 1)
              .with("writerId", event.get("writerId"))
              .with("epoch", before));
      // On the head before it may try; on this one it may not.
      corrupted.add(
          any.with("event", "sent")
              .with("proc", "zombie")
              .with("version", (Long) event.get("epoch"))
              .with("group", List.of(fresh))
              .with("adds", List.of(fresh)));
      return new Corrupted(corrupted, i + 4);
    }
    return null;
  }

  private static Label above(NavigableSet<Label> labels) {
    UUID last = labels.last().value();
    return new Label(
        new UUID(last.getMostSignificantBits() + (1L << 16), last.getLeastSignificantBits()));
  }

  /** While the head still is what the attempt was made on, nobody can tell. */
  private static @Nullable Corrupted unknownFailed(List<TraceEvent> events) {
    int place =
        next(
            events,
            0,
            event ->
                is(event, "event", "settled")
                    && is(event, "why", "time")
                    && event.get("verdicts").toString().contains("verdict=unknown"));
    if (place < 0) {
      return null;
    }
    Object attemptedOn = 0L;
    Object current = 1L;
    for (TraceEvent event : events.subList(0, place)) {
      if (is(event, "event", "sent") && is(event, "proc", events.get(place).get("proc"))) {
        attemptedOn = event.get("version");
      } else if (is(event, "event", "landed")) {
        current = ((Map<?, ?>) event.get("head")).get("version");
      }
    }
    if (!attemptedOn.equals(current)) {
      return null;
    }
    List<Object> verdicts = new ArrayList<>();
    for (Object one : (List<?>) events.get(place).get("verdicts")) {
      Map<String, Object> verdict = new LinkedHashMap<>();
      ((Map<?, ?>) one).forEach((name, value) -> verdict.put((String) name, value));
      verdict.put("verdict", "failed");
      verdicts.add(verdict);
    }
    return replaced(events, place, events.get(place).with("verdicts", verdicts));
  }

  private static @Nullable Corrupted fenceEarly(List<TraceEvent> events) {
    int fenced = next(events, 0, event -> is(event, "event", "fenced"));
    int state = next(events, 0, event -> is(event, "change", "state"));
    if (fenced < 0 || state < 0 || state > fenced) {
      return null;
    }
    List<TraceEvent> corrupted = new ArrayList<>(events);
    corrupted.add(state, events.get(fenced));
    return new Corrupted(corrupted, state + 1);
  }

  /** Of what a vacuum keeps, one goes as well: a batch that no compaction has moved. */
  private static @Nullable Corrupted deleteNeeded(List<TraceEvent> events) {
    int needs = next(events, 0, event -> is(event, "event", "needs"));
    int made = next(events, 0, CorruptedTraceTest::isAppend);
    while (needs >= 0 && made >= 0 && made < needs) {
      Object bound = events.get(needs).get("bound");
      Object label = ((List<?>) events.get(made).get("adds")).get(0);
      boolean isMoved =
          next(
                  events.subList(0, needs),
                  0,
                  event -> is(event, "change", "compact") || is(event, "change", "trim"))
              >= 0;
      if (!isMoved && ((Label) label).compareTo((Label) bound) < 0) {
        List<TraceEvent> corrupted = new ArrayList<>(events);
        corrupted.add(
            needs + 1,
            TraceEvent.of(events.get(needs).number(), "deleted")
                .with("vacuum", events.get(needs).get("vacuum"))
                .with("kind", "wal")
                .with("label", label));
        return new Corrupted(corrupted, needs + 2);
      }
      made = next(events, made + 1, CorruptedTraceTest::isAppend);
    }
    return null;
  }

  /** The second of three that follow each other is left out. */
  private static @Nullable Corrupted readHole(List<TraceEvent> events) {
    boolean isTrimmed = next(events, 0, event -> is(event, "change", "trim")) >= 0;
    for (int i = 0; !isTrimmed && i + 2 < events.size(); i++) {
      TraceEvent first = events.get(i);
      TraceEvent second = events.get(i + 1);
      TraceEvent third = events.get(i + 2);
      if (Stream.of(first, second, third)
          .allMatch(
              event ->
                  is(event, "event", "handed")
                      && is(event, "reader", first.fields().getOrDefault("reader", "")))) {
        List<TraceEvent> corrupted = new ArrayList<>(events);
        corrupted.remove(i + 1);
        return new Corrupted(corrupted, i + 2);
      }
    }
    return null;
  }

  /** A segment whose list of sources lacks the first of its batches. */
  private static @Nullable Corrupted compactLoss(List<TraceEvent> events) {
    int place = next(events, 0, event -> is(event, "change", "compact") && is(event, "merged", 0));
    if (place < 0) {
      return null;
    }
    List<Object> made = new ArrayList<>((List<?>) events.get(place).get("made"));
    Map<String, Object> segment = new LinkedHashMap<>();
    ((Map<?, ?>) made.get(0)).forEach((name, value) -> segment.put((String) name, value));
    List<?> sources = (List<?>) segment.getOrDefault("src", List.of());
    if (sources.size() < 2) {
      return null;
    }
    segment.put("src", sources.subList(1, sources.size()));
    made.set(0, segment);
    return replaced(events, place, events.get(place).with("made", made));
  }
}
