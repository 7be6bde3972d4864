package io.raftless.sim;

import static io.raftless.sim.Mishap.ANSWER_LOST;
import static io.raftless.sim.Mishap.CONFLICT_BUT_APPLIED;
import static io.raftless.sim.Mishap.CONFLICT_FOR_NOTHING;
import static io.raftless.sim.Mishap.CRASH_AFTER;
import static io.raftless.sim.Mishap.CRASH_AND_LANDS_LATE;
import static io.raftless.sim.Mishap.LANDS_LATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.index.IndexShape;
import io.raftless.sim.Interleavings.Pruning;
import io.raftless.sim.Interleavings.Result;
import io.raftless.sim.Scenario.Actor;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every interleaving of a few clients, request by request, under the same invariants as the
 * simulation. {@code -Draftless.explore=large} looks at larger scenarios as well; {@code
 * -Draftless.schedule=SCENARIO:0,2,1} runs one schedule and prints what happened in it.
 */
@Timeout(3_600)
class EveryInterleavingTest {
  private static final Logger LOG = LoggerFactory.getLogger("interleavings");
  private static final Strands STRANDS = new Strands();

  /** More than any scenario takes: a search that comes to it is not complete. */
  private static final long MOST_SCHEDULES = 5_000_000;

  /** Levels and nodes of two or three: three batches are an index of two levels. */
  private static final IndexShape SMALL = new IndexShape(2, 2, 3, 0);

  /** Whatever is appended here stays in the head. */
  private static final IndexShape WIDE = new IndexShape(8, 8, 8, 0);

  private static final Step FLUSH = new Step.Flush();
  private static final Step COMPACT = new Step.Compact(0);
  private static final Step COMMIT = new Step.Commit(0, false);
  private static final Step ACQUIRE = new Step.Acquire("alpha");
  private static final Step LOOK = new Step.Look(0);
  private static final Step VACUUM = new Step.Vacuum(Duration.ZERO);
  private static final Step READ = new Step.Read(0, 1, true);
  private static final Step READ_TWICE = new Step.Read(0, 2, true);
  private static final Step READ_ON = new Step.Read(0, 3, true);

  /** So far that what others upload now is below the horizon. */
  private static final Duration AHEAD = Duration.ofSeconds(1);

  private static final List<Step> ONE_BATCH = List.of(append(1), FLUSH);
  private static final List<Step> THREE_BATCHES =
      List.of(append(2), FLUSH, append(1), FLUSH, append(1), FLUSH);
  private static final List<Step> STAGED_AND_BATCHES =
      List.of(append(2), FLUSH, new Step.Stage(List.of(0), 1), append(1), FLUSH, append(1), FLUSH);
  private static final List<Step> COMMITTED =
      List.of(new Step.Stage(List.of(0), 2), COMMIT, append(1), FLUSH);

  private static final Mishap[] LOSSES = {
    ANSWER_LOST, LANDS_LATE, CONFLICT_FOR_NOTHING, CONFLICT_BUT_APPLIED
  };
  private static final Mishap[] CRASHES = {CRASH_AFTER, CRASH_AND_LANDS_LATE};

  private static final Scenario ONE_APPEND_EACH =
      Scenario.of(
          "one-append-each",
          SMALL,
          THREE_BATCHES,
          Actor.of("writer0", append(1)),
          Actor.of("writer1", append(2)));
  private static final Scenario TWO_APPENDS_EACH =
      Scenario.of(
          "two-appends-each",
          SMALL,
          THREE_BATCHES,
          Actor.of("writer0", append(1), FLUSH, append(1)),
          Actor.of("writer1", append(2), FLUSH, append(1)));
  private static final Scenario TWO_APPENDS_AT_ONCE =
      Scenario.of(
              "two-appends-at-once",
              SMALL,
              THREE_BATCHES,
              Actor.of("writer0", append(1), append(1)),
              Actor.of("writer1", append(2), append(1)))
          .inAnyOrder();
  private static final Scenario NEW_HOLDER =
      Scenario.of(
          "new-holder",
          SMALL,
          THREE_BATCHES,
          Actor.of("old", append(1), FLUSH, append(1)).after(LOOK, ACQUIRE),
          Actor.of("new", ACQUIRE, append(1)));
  private static final Scenario COMPACTED_WHILE_READ =
      Scenario.of(
          "compacted-while-read",
          SMALL,
          THREE_BATCHES,
          Actor.of("writer", append(1)),
          Actor.of("compactor", COMPACT),
          Actor.of("reader", READ_ON));
  private static final Scenario VACUUMED_WHILE_READ =
      Scenario.of(
          "vacuumed-while-read",
          SMALL,
          THREE_BATCHES,
          Actor.of("writer", append(1)),
          Actor.of("compactor", COMPACT),
          Actor.of("vacuum", VACUUM).ahead(AHEAD),
          Actor.of("reader", READ_ON));
  private static final Scenario COMMITTED_TWICE =
      Scenario.of(
          "committed-twice",
          SMALL,
          STAGED_AND_BATCHES,
          Actor.of("one", COMMIT),
          Actor.of("other", COMMIT),
          Actor.of("admin", new Step.Fence(), new Step.Unfence()));
  private static final Scenario COMMITTED_AGAIN =
      Scenario.of(
          "committed-again",
          SMALL,
          COMMITTED,
          Actor.of("trimmer", new Step.Trim(0, 100)),
          Actor.of("compactor", COMPACT),
          Actor.of("vacuum", VACUUM).ahead(AHEAD),
          Actor.of("committer", COMMIT));
  private static final Scenario ALL_BUT_THE_READER =
      Scenario.of(
          "all-but-the-reader",
          SMALL,
          ONE_BATCH,
          Actor.of("writer0", append(1)),
          Actor.of("writer1", append(1)),
          Actor.of("compactor", COMPACT),
          Actor.of("vacuum", VACUUM).ahead(AHEAD));

  /** A reader that is gone when it has read what there is. */
  private static final Actor PROMPT = Actor.of("reader", READ).prompt();

  /** One that looks for more while nobody asks it. */
  private static final Actor IDLE = Actor.of("reader", READ);

  /** Three that replace one head: what two of them do, the third does not notice. */
  private static final Scenario THREE_WRITERS =
      Scenario.of(
          "three-writers",
          WIDE,
          ONE_BATCH,
          Actor.of("writer0", append(1)),
          Actor.of("writer1", append(1)),
          Actor.of("writer2", append(1)));

  private static final Scenario READ_PROMPTLY =
      Scenario.of(
          "read-promptly",
          WIDE,
          ONE_BATCH,
          Actor.of("writer0", append(1)),
          Actor.of("writer1", append(1)),
          PROMPT);
  private static final Scenario VACUUMED_WHILE_APPENDED =
      Scenario.of(
          "vacuumed-while-appended",
          WIDE,
          ONE_BATCH,
          Actor.of("writer0", append(1)),
          Actor.of("writer1", append(1)),
          Actor.of("vacuum", VACUUM).ahead(AHEAD));
  private static final Scenario ALL = all("all", WIDE, Duration.ZERO, PROMPT);
  private static final Scenario ALL_AND_EXPIRY = all("all-and-expiry", WIDE, AHEAD, PROMPT);
  private static final Scenario ALL_AND_NODES = all("all-and-nodes", SMALL, Duration.ZERO, PROMPT);
  private static final Scenario ALL_AND_TWO_POLLS =
      all("all-and-two-polls", WIDE, AHEAD, Actor.of("reader", READ_TWICE).prompt());
  private static final Scenario ALL_AND_IDLE_POLLS =
      all("all-and-idle-polls", SMALL, Duration.ZERO, IDLE);
  private static final Scenario ALL_AND_IDLE_POLLS_AND_EXPIRY =
      all("all-and-idle-polls-and-expiry", SMALL, AHEAD, IDLE);

  private static final List<Scenario> SCENARIOS =
      List.of(
          ONE_APPEND_EACH,
          ONE_APPEND_EACH.named("one-append-each-one-lost").withOne(LOSSES),
          ONE_APPEND_EACH.named("one-append-each-one-crash").withOne(CRASHES).withRestarts(),
          TWO_APPENDS_EACH,
          TWO_APPENDS_EACH.named("two-appends-each-one-lost").withOne(LOSSES),
          TWO_APPENDS_EACH.named("two-appends-each-one-crash").withOne(CRASHES).withRestarts(),
          TWO_APPENDS_AT_ONCE,
          NEW_HOLDER,
          NEW_HOLDER.named("new-holder-one-lost").withOne(LOSSES),
          NEW_HOLDER.named("new-holder-one-crash").withOne(CRASHES).withRestarts(),
          COMPACTED_WHILE_READ,
          COMPACTED_WHILE_READ.named("compacted-while-read-one-lost").withOne(LOSSES),
          VACUUMED_WHILE_READ,
          COMMITTED_TWICE,
          COMMITTED_TWICE.named("committed-twice-one-lost").withOne(LOSSES),
          COMMITTED_TWICE.named("committed-twice-one-crash").withOne(CRASHES).withRestarts(),
          COMMITTED_AGAIN,
          ALL_BUT_THE_READER,
          THREE_WRITERS,
          READ_PROMPTLY,
          VACUUMED_WHILE_APPENDED,
          ALL,
          ALL_AND_EXPIRY,
          ALL_AND_EXPIRY.named("all-and-expiry-one-answer-lost").withOne(ANSWER_LOST),
          ALL_AND_NODES,
          ALL_AND_TWO_POLLS,
          ALL_AND_IDLE_POLLS,
          ALL_AND_IDLE_POLLS_AND_EXPIRY);

  private static Scenario all(String name, IndexShape shape, Duration vacuumAhead, Actor reader) {
    return Scenario.of(
        name,
        shape,
        ONE_BATCH,
        Actor.of("writer0", append(1)),
        Actor.of("writer1", append(1)),
        Actor.of("compactor", COMPACT),
        Actor.of("vacuum", VACUUM).ahead(vacuumAhead),
        reader);
  }

  private static Step append(int records) {
    return new Step.AppendTogether(0, records, false);
  }

  @AfterAll
  static void endThreads() {
    STRANDS.close();
  }

  private static Scenario scenario(String name) {
    return SCENARIOS.stream()
        .filter(scenario -> scenario.name().equals(name))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("no scenario " + name));
  }

  @SuppressWarnings("try")
  private static Result explore(Scenario scenario, Pruning pruning) {
    try (Quiet unused = new Quiet()) {
      return new Interleavings(scenario, STRANDS, pruning, true).explore(MOST_SCHEDULES);
    }
  }

  /** Nothing is found, nothing is left out, and as much is looked at as when this was written. */
  private static Result holds(String name, long leastSchedules) {
    Result result = explore(scenario(name), Pruning.ORDERS);
    LOG.warn("{}", result.line());
    if (result.violation() != null) {
      throw new AssertionError(describe(result), result.violation());
    }
    assertThat(result.isComplete()).as("all of %s was looked at", name).isTrue();
    assertThat(result.schedules())
        .as("schedules of %s", name)
        .isGreaterThanOrEqualTo(leastSchedules);
    return result;
  }

  private static String describe(Result result) {
    return result.violation()
        + "\nrun this schedule with ./mvnw -pl log-core -am test -Dtest=EveryInterleavingTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Draftless.schedule="
        + result.scenario().name()
        + ":"
        + result.found()
        + "\n"
        + result.trace();
  }

  @Test
  void twoWritersAppendWhateverIsLostOrCrashes() {
    holds("one-append-each", 2);
    holds("one-append-each-one-lost", 100);
    holds("one-append-each-one-crash", 32);
    holds("two-appends-each", 10);
    holds("two-appends-each-one-lost", 1_800);
    holds("two-appends-each-one-crash", 700);
    holds("two-appends-at-once", 110);
  }

  @Test
  void aNewHolderFencesTheOldOneWhateverIsLostOrCrashes() {
    Result result = holds("new-holder", 7);
    assertThat(result.reached().count("WriterFenced")).isPositive();
    // A holder that has lost a race reads before it writes.
    holds("new-holder-one-lost", 590);
    holds("new-holder-one-crash", 250);
  }

  @Test
  void aReaderReadsWhileAWriterAppendsAndACompactorCompacts() {
    Result result = holds("compacted-while-read", 48);
    assertThat(result.reached().count("Compact INSTALLED")).isPositive();
    holds("compacted-while-read-one-lost", 1_000);
  }

  @Test
  void aReaderWithAnOldHeadReadsWhileEverythingIsVacuumed() {
    Result result = holds("vacuumed-while-read", 2_200);
    assertThat(result.reached().count("Compact EXPIRED")).isPositive();
    assertThat(result.reached().count("UnknownOutcome")).isPositive();
  }

  @Test
  void aStagedBatchIsCommittedOnceByTwoCommittersAndAFenceWhateverIsLostOrCrashes() {
    Result result = holds("committed-twice", 13);
    assertThat(result.reached().count("LogFenced")).isPositive();
    holds("committed-twice-one-lost", 900);
    holds("committed-twice-one-crash", 200);
  }

  @Test
  void aBatchThatIsTrimmedCompactedAndVacuumedIsNotCommittedAgain() {
    Result result = holds("committed-again", 2_100);
    assertThat(result.reached().count("StagedBatchExpired")).isPositive();
    assertThat(result.reached().count("Compact OVERTAKEN")).isPositive();
  }

  @Test
  void twoWritersACompactorAndAVacuumGetAlong() {
    holds("all-but-the-reader", 1_200);
  }

  @Test
  void twoWritersACompactorAVacuumAndAReaderGetAlong() {
    for (String name : List.of("all", "all-and-expiry")) {
      Result result = holds(name, 6_800);
      assertThat(result.reached().count("Compact INSTALLED")).isPositive();
      assertThat(result.reached().count("Compact EXPIRED")).isPositive();
      assertThat(result.reached().count("UnknownOutcome")).isPositive();
      assertThat(result.reached().count("missed by GET_RANGE"))
          .as("in %s, what the reader or the compactor was about to read was deleted", name)
          .isPositive();
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "raftless.explore", matches = "large")
  void theyGetAlongWithNodesAndMorePolls() {
    holds("all-and-nodes", 7_500);
    holds("all-and-two-polls", 92_000);
    holds("all-and-idle-polls", 40_000);
    holds("all-and-idle-polls-and-expiry", 40_000);
  }

  @Test
  @EnabledIfSystemProperty(named = "raftless.explore", matches = "large")
  void theyGetAlongWhenAnAnswerIsLost() {
    holds("all-and-expiry-one-answer-lost", 200_000);
  }

  @Test
  void leavingOutOrdersOrStatesHidesNothing() {
    for (String name :
        List.of("one-append-each-one-lost", "one-append-each-one-crash", "new-holder")) {
      Result all = explore(scenario(name), Pruning.NOTHING);
      LOG.warn("nothing left out: {}", all.line());
      Result states = explore(scenario(name), Pruning.STATES);
      Result orders = explore(scenario(name), Pruning.ORDERS);
      assertThat(all.isComplete()).isTrue();
      assertThat(states.outcomes()).as("%s by states", name).isEqualTo(all.outcomes());
      assertThat(orders.outcomes()).as("%s by orders", name).isEqualTo(all.outcomes());
      assertThat(orders.schedules()).isLessThan(all.schedules());
    }
    for (String name :
        List.of(
            "compacted-while-read",
            "committed-twice",
            "two-appends-at-once",
            "three-writers",
            "read-promptly",
            "vacuumed-while-appended")) {
      Result states = explore(scenario(name), Pruning.STATES);
      LOG.warn("only states left out: {}", states.line());
      Result orders = explore(scenario(name), Pruning.ORDERS);
      assertThat(states.isComplete()).isTrue();
      assertThat(orders.outcomes()).as("%s by orders", name).isEqualTo(states.outcomes());
    }
  }

  @Test
  @SuppressWarnings("try")
  void fromStatesWithEqualDigestsTheSameFollows() {
    try (Quiet unused = new Quiet()) {
      Interleavings interleavings =
          new Interleavings(scenario("compacted-while-read"), STRANDS, Pruning.STATES, false);
      assertThat(interleavings.explore(MOST_SCHEDULES).isComplete()).isTrue();
      assertThat(interleavings.sample()).isGreaterThanOrEqualTo(20);
    }
  }

  /** Found by the checks, and again by running the schedule that is printed. */
  @SuppressWarnings("try")
  private static void isFound(Scenario broken, String... checks) {
    for (Pruning pruning : Pruning.values()) {
      Result result = explore(broken, pruning);
      LOG.warn("{}, found: {}", result.line(), String.valueOf(result.violation()));
      assertThat(result.violation()).as("%s by %s", broken.name(), pruning).isNotNull();
      if (result.violation() != null) {
        assertThat(result.violation().check()).isIn((Object[]) checks);
        assertThat(describe(result)).contains("-Draftless.schedule=" + broken.name() + ":");
        try (Quiet unused = new Quiet()) {
          assertThat(Interleavings.replay(broken, STRANDS, result.found()))
              .endsWith("found " + result.violation() + "\n");
        }
      }
    }
  }

  @Test
  void aWriteThatIgnoresItsConditionIsFound() {
    isFound(
        ONE_APPEND_EACH
            .named("condition-ignored")
            .through("writer0", EveryInterleavingTest::ignoringConditions),
        "MonotonicOffsets",
        "CompactionPreservesData",
        "AckedIsDurable",
        "NoOffsetDuplicates");
  }

  /** Replaces whatever is there by what was decided on another state. */
  private static ObjectStore ignoringConditions(ObjectStore store) {
    return new ForwardingObjectStore(store) {
      @Override
      public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
        return super.get(key)
            .thenCompose(
                there ->
                    super.putIfMatch(
                        key,
                        there instanceof GetOutcome.Found found ? found.etag() : expected,
                        body));
      }
    };
  }

  @Test
  void aConflictThatIsTakenForSuccessIsFound() {
    isFound(
        ONE_APPEND_EACH
            .named("conflict-is-success")
            .through("writer1", EveryInterleavingTest::takingConflictsForSuccess),
        "AckedIsDurable");
  }

  private static ObjectStore takingConflictsForSuccess(ObjectStore store) {
    return new ForwardingObjectStore(store) {
      @Override
      public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
        return super.putIfMatch(key, expected, body)
            .thenApply(
                outcome ->
                    outcome instanceof PutOutcome.Conflict
                        ? new PutOutcome.Stored(new ETag("mine"))
                        : outcome);
      }
    };
  }

  @Test
  @EnabledIfSystemProperty(named = "raftless.schedule", matches = ".+:.*")
  @SuppressWarnings("try")
  void oneScheduleRunsAgain() {
    String[] asked = System.getProperty("raftless.schedule", "").split(":", 2);
    try (Quiet unused = new Quiet()) {
      LOG.warn("{}", Interleavings.replay(scenario(asked[0]), STRANDS, asked[1]));
    }
  }
}
