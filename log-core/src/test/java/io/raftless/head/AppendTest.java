package io.raftless.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.format.Origin;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.BatchRef;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The append transition as a pure function: which verdict on which head. */
class AppendTest {
  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final LogKeys keys = new LogKeys("log/", incarnation);
  private final Head empty = Head.first(LogDescriptor.first(incarnation, 1, labels.next()), 0);

  /** What the nodes of the index hold, for look-ups. */
  private final Map<Label, Long> spilled = new HashMap<>();

  private final Map<Label, IndexNode> nodes = new HashMap<>();
  private int lookups;

  private final IndexAccess index =
      new IndexAccess() {
        @Override
        public CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo) {
          lookups++;
          Long at = spilled.get(label);
          return CompletableFuture.completedFuture(
              at == null ? new LabelFact.AbsentUpTo(head.nextOffset()) : new LabelFact.Found(at));
        }

        @Override
        public Optional<IndexNode> known(Label node) {
          return Optional.empty();
        }

        @Override
        public CompletableFuture<IndexNode> read(int partition, Label node) {
          return CompletableFuture.completedFuture(nodes.get(node));
        }

        @Override
        public void remember(Label label, IndexNode node) {
          nodes.put(label, node);
        }
      };

  private BatchRef batch(int count) {
    return new BatchRef(labels.next(), 0, 10, count, 5, 99);
  }

  private static AppendRequest fresh(Object stream, BatchRef... batches) {
    return new AppendRequest(stream, null, OptionalLong.empty(), List.of(batches), null, true);
  }

  private static AppendRequest staged(BatchRef... batches) {
    return new AppendRequest(
        new Object(), null, OptionalLong.empty(), List.of(batches), null, false);
  }

  private static AppendRequest as(String writer, long epoch, BatchRef batch) {
    return new AppendRequest(
        writer,
        new AppendRequest.Fencing(writer, epoch),
        OptionalLong.empty(),
        List.of(batch),
        null,
        true);
  }

  private Append append(AppendRequest... requests) {
    return new Append(keys, labels, new IndexShape(4, 3, 2), index, List.of(requests));
  }

  /** Applies on one head, looking up what is needed there. */
  private static <R> Verdict<Head, R> decide(Transition<Head, R> transition, Head head) {
    Verdict<Head, R> verdict = transition.apply(head);
    return verdict instanceof Verdict.NeedLookup<Head, R>
        ? decide(transition.lookUp(head).join(), head)
        : verdict;
  }

  private static List<AppendOutcome> outcomes(Verdict<Head, List<AppendOutcome>> verdict) {
    if (verdict instanceof Verdict.Replace<Head, List<AppendOutcome>> replace) {
      return replace.result();
    }
    if (verdict instanceof Verdict.Hold<Head, List<AppendOutcome>> hold) {
      return hold.result();
    }
    return ((Verdict.Reject<Head, List<AppendOutcome>>) verdict).result();
  }

  private Head after(Head head, AppendRequest... requests) {
    return next(decide(append(requests), head), head);
  }

  private <R> Head next(Verdict<Head, R> verdict, Head head) {
    Head next = ((Verdict.Replace<Head, R>) verdict).next();
    return next.written(head.version() + 1, labels.next());
  }

  private Head fenced(Head head) {
    LogState state = head.state().changedTo(LogState.Status.FENCED, "why");
    return next(new TakeState(state).apply(head), head);
  }

  private Head acquired(Head head, String writer, String holder) {
    return next(Acquire.of(writer, holder, OptionalLong.empty()).apply(head), head);
  }

  private static AppendOutcome committed(int already, Long... offsets) {
    return new AppendOutcome.Committed(List.of(offsets), already);
  }

  @Test
  void requestsOfAGroupGetDenseOffsetsInTheirOrder() {
    var verdict =
        decide(append(fresh("a", batch(3)), fresh("b", batch(2)), fresh("a", batch(1))), empty);
    assertThat(outcomes(verdict))
        .containsExactly(committed(0, 0L), committed(0, 3L), committed(0, 5L));
  }

  @Test
  void theSameLabelTwiceInAGroupIsCommittedOnce() {
    BatchRef batch = batch(3);
    var verdict = decide(append(staged(batch), staged(batch)), empty);
    assertThat(outcomes(verdict)).containsExactly(committed(0, 0L), committed(1, 0L));
    assertThat(next(verdict, empty).nextOffset()).isEqualTo(3);
  }

  @Test
  void alreadyCommittedIsSaidBeforeAnythingElse() {
    Head open = acquired(empty, "w", "old");
    BatchRef batch = batch(3);
    AppendRequest request = as("w", epoch(open), batch);
    Head landed = acquired(after(open, request), "w", "new");
    var onFenced = decide(append(request), fenced(landed));
    assertThat(onFenced).isInstanceOf(Verdict.Hold.class);
    assertThat(outcomes(onFenced)).containsExactly(committed(1, 0L));
  }

  @Test
  void aFencedLogTakesNothing() {
    assertThat(outcomes(decide(append(fresh("a", batch(1))), fenced(empty))).get(0))
        .isInstanceOf(AppendOutcome.LogNotOpen.class);
  }

  @Test
  void anOldEpochAnUnknownWriterAndAWrongOffsetAreRejected() {
    Head old = acquired(empty, "w", "old");
    long oldEpoch = epoch(old);
    Head head = acquired(old, "w", "new");
    assertThat(outcomes(decide(append(as("w", oldEpoch, batch(1))), head)).get(0))
        .isEqualTo(new AppendOutcome.FencedOff("new", epoch(head)));
    assertThat(outcomes(decide(append(as("x", 1, batch(1))), head)).get(0))
        .isEqualTo(new AppendOutcome.UnknownWriter());
    AppendRequest atSeven =
        new AppendRequest("a", null, OptionalLong.of(7), List.of(batch(1)), null, true);
    assertThat(outcomes(decide(append(atSeven), head)).get(0))
        .isEqualTo(new AppendOutcome.WrongOffset(0));
  }

  @Test
  void anEpochIsTheVersionOfTheHeadThatGaveIt() {
    Head first = acquired(empty, "w", "one");
    Head second = acquired(first, "w", "two");
    assertThat(epoch(first)).isEqualTo(first.version());
    assertThat(epoch(second)).isEqualTo(second.version());
  }

  @Test
  void aRejectedRequestTakesTheLaterOnesOfItsStreamWithItAndNobodyElses() {
    AppendRequest wrong =
        new AppendRequest("a", null, OptionalLong.of(7), List.of(batch(1)), null, true);
    var outcomes =
        outcomes(decide(append(wrong, fresh("a", batch(1)), fresh("b", batch(1))), empty));
    assertThat(outcomes.get(0)).isInstanceOf(AppendOutcome.WrongOffset.class);
    assertThat(outcomes.get(1)).isInstanceOf(AppendOutcome.EarlierRejected.class);
    assertThat(outcomes.get(2)).isEqualTo(committed(0, 0L));
  }

  @Test
  void aLabelBelowTheHorizonIsRefusedUnlessItIsThere() {
    BatchRef there = batch(1);
    Head head = after(empty, fresh("a", there));
    BatchRef late = batch(1);
    Label horizon = labels.next();
    Head passed = withHorizon(head, horizon);
    var outcomes = outcomes(decide(append(staged(there), staged(late)), passed));
    assertThat(outcomes.get(0)).isEqualTo(committed(1, 0L));
    assertThat(outcomes.get(1)).isEqualTo(new AppendOutcome.Expired(late.label(), horizon, false));
  }

  @Test
  void aLabelBelowTheHorizonThatWasNeverAttemptedIsCertainlyAbsentAndOneThatWasIsNot() {
    BatchRef late = batch(1);
    Label horizon = labels.next();
    Head passed = withHorizon(empty, horizon);
    assertThat(outcomes(decide(append(fresh("a", late)), passed)))
        .containsExactly(new AppendOutcome.Expired(late.label(), horizon, true));
    assertThat(outcomes(decide(append(fresh("a", late)).attempted(), passed)))
        .containsExactly(new AppendOutcome.Expired(late.label(), horizon, false));
  }

  private static Head withHorizon(Head head, Label horizon) {
    return new Head(
        head.format(),
        head.incarnation(),
        head.partition(),
        head.version(),
        head.lastWrite(),
        head.state(),
        head.nextOffset(),
        head.startOffset(),
        head.compactionCursor(),
        head.startChain(),
        head.chain(),
        horizon,
        head.writers(),
        head.segments(),
        head.wal());
  }

  /** A head whose index has spilled, with the labels of its batches in order. */
  private Head grown(int batches, List<BatchRef> all) {
    Head head = empty;
    for (int i = 0; i < batches; i++) {
      BatchRef batch = batch(1);
      all.add(batch);
      spilled.put(batch.label(), (long) i);
      head = after(head, fresh("a", batch));
    }
    return head;
  }

  @Test
  void aStagedLabelIsFoundHoweverDeepItIs() {
    List<BatchRef> all = new ArrayList<>();
    Head head = grown(100, all);
    for (int i = 0; i < 100; i++) {
      assertThat(outcomes(decide(append(staged(all.get(i))), head)))
          .containsExactly(committed(1, (long) i));
    }
  }

  @Test
  void aFreshLabelAndAYoungStagedOneNeedNoLookup() {
    Head head = grown(100, new ArrayList<>());
    decide(append(fresh("a", batch(1)), staged(batch(1))), head);
    assertThat(lookups).isZero();
  }

  @Test
  void aZombieThatCommitsBetweenTheLookupAndTheWriteIsSeen() {
    List<BatchRef> all = new ArrayList<>();
    Head head = grown(50, all);
    // Older than what is in the nodes, so that it must be looked up, and absent.
    BatchRef old = new BatchRef(between(all.get(3), all.get(4)), 0, 10, 1, 5, 99);
    Transition<Head, List<AppendOutcome>> informed = append(staged(old)).lookUp(head).join();
    assertThat(informed.apply(head)).isInstanceOf(Verdict.Replace.class);
    // A zombie commits it, and so many others follow that it is spilled into a node.
    Head moved = after(head, staged(old));
    spilled.put(old.label(), 50L);
    for (int i = 0; i < 20; i++) {
      moved = after(moved, fresh("z", batch(1)));
    }
    assertThat(informed.apply(moved)).isInstanceOf(Verdict.NeedLookup.class);
    assertThat(outcomes(decide(informed, moved))).containsExactly(committed(1, 50L));
  }

  private static Label between(BatchRef before, BatchRef after) {
    Label label = before.label();
    Label next =
        new Label(
            new UUID(
                label.value().getMostSignificantBits(),
                label.value().getLeastSignificantBits() + 1));
    assertThat(next).isBetween(label, after.label());
    return next;
  }

  @Test
  void aFreshRequestThatWasAttemptedIsLookedUp() {
    List<BatchRef> all = new ArrayList<>();
    Head head = grown(50, all);
    Transition<Head, List<AppendOutcome>> again = append(fresh("a", all.get(7))).attempted();
    assertThat(outcomes(decide(again, head))).containsExactly(committed(1, 7L));
  }

  @Test
  void ofARequestThatIsThereInPartOnlyTheRestIsAppended() {
    BatchRef one = batch(2);
    BatchRef two = batch(3);
    Head head = after(empty, staged(one));
    assertThat(outcomes(decide(append(staged(one, two)), head)))
        .containsExactly(committed(1, 0L, 2L));
  }

  @Test
  void aPositionIsStoredWithTheRecordsAndNotByARequestThatIsSkipped() {
    Head head = acquired(empty, "w", "h");
    long epoch = epoch(head);
    BatchRef batch = batch(1);
    Head stored = after(head, withPosition(epoch, "one", batch));
    assertThat(position(stored)).isEqualTo("one");
    assertThat(decide(append(withPosition(epoch, "two", batch)), stored))
        .isInstanceOf(Verdict.Hold.class);
    Head moved = after(stored, withPosition(epoch, "three", batch(1)));
    assertThat(position(moved)).isEqualTo("three");
  }

  private static AppendRequest withPosition(long epoch, String position, BatchRef... batches) {
    return new AppendRequest(
        "w",
        new AppendRequest.Fencing("w", epoch),
        OptionalLong.empty(),
        List.of(batches),
        position,
        false);
  }

  private static List<@Nullable Origin> origins(Head head) {
    List<@Nullable Origin> origins = new ArrayList<>();
    head.wal().entries().forEach(entry -> origins.add(entry.origin()));
    return origins;
  }

  @Test
  void anEntryHasTheWriterIdAndTheEpochOfItsOwnRequest() {
    Head head = acquired(acquired(empty, "v", "h"), "w", "h");
    long epoch = writerEpoch(head, "v");
    head =
        after(
            head,
            as("v", epoch, batch(1)),
            fresh("a", batch(1)),
            as("w", epoch(head), batch(1)),
            as("v", epoch, batch(1)));
    assertThat(origins(head))
        .containsExactly(
            new Origin("v", epoch), null, new Origin("w", epoch(head)), new Origin("v", epoch));
    assertThat(head.format()).isEqualTo(2);
  }

  @Test
  void aBatchThatIsThereKeepsTheOriginItHas() {
    Head old = acquired(empty, "w", "old");
    BatchRef mine = batch(1);
    BatchRef nobodys = batch(1);
    Head head = after(old, as("w", epoch(old), mine), staged(nobodys));
    Head taken = acquired(head, "w", "new");
    BatchRef another = batch(1);
    AppendRequest again =
        new AppendRequest(
            "w",
            new AppendRequest.Fencing("w", epoch(taken)),
            OptionalLong.empty(),
            List.of(mine, nobodys, another),
            null,
            false);
    assertThat(origins(after(taken, again)))
        .containsExactly(new Origin("w", epoch(old)), null, new Origin("w", epoch(taken)));
  }

  private static long epoch(Head head) {
    return writerEpoch(head, "w");
  }

  private static @Nullable String position(Head head) {
    WriterEntry writer = head.writers().get("w");
    return writer == null ? null : writer.position();
  }

  @Test
  void ofTwoAcquiresThatCrossTheOneThatWonTheFirstPartitionWinsThemAll() {
    Acquire.Outcome.Acquired first = outcome(Acquire.of("w", "a", OptionalLong.empty()), empty);
    Head zero = acquired(empty, "w", "a");
    Acquire.Outcome.Acquired second = outcome(Acquire.of("w", "b", OptionalLong.empty()), zero);
    // On another partition, b arrives before a.
    Acquire slow = Acquire.of("w", "a", OptionalLong.of(first.rank()));
    Head one = next(Acquire.of("w", "b", OptionalLong.of(second.rank())).apply(empty), empty);
    assertThat(slow.apply(one))
        .isEqualTo(new Verdict.Reject<>(new Acquire.Outcome.Superseded("b", epoch(one))));
  }

  private static Acquire.Outcome.Acquired outcome(Acquire acquire, Head head) {
    return (Acquire.Outcome.Acquired)
        ((Verdict.Replace<Head, Acquire.Outcome>) acquire.apply(head)).result();
  }

  @Test
  void whatWasAttemptedAndCannotBeToldAnyMoreIsExpiredWhateverElseIsTrue() {
    BatchRef one = batch(1);
    BatchRef two = batch(1);
    Append group = append(fresh("a", one), fresh("a", two));
    Head passed = withHorizon(fenced(empty), labels.next());
    Transition<Head, List<AppendOutcome>> attempted = group.attempted();
    assertThat(outcomes(decide(attempted, passed)))
        .allMatch(outcome -> outcome instanceof AppendOutcome.Expired);
    assertThat(attempted.cannotTell(passed)).isTrue();
    assertThat(group.cannotTell(passed)).isFalse();
    // What was never attempted is certainly absent.
    assertThat(outcomes(decide(group, passed)).get(0)).isInstanceOf(AppendOutcome.LogNotOpen.class);
  }

  @Test
  void theWritersOfAHeadHaveABoundThatCountsWhatIsStored() {
    Head head = empty;
    for (int i = 0; i < 10; i++) {
      head = acquired(head, "w" + i, "h");
    }
    String escaped = "\u0001".repeat(1_000);
    head = after(head, bulky(head, "w0", escaped));
    head = after(head, bulky(head, "w1", escaped));
    assertThat(outcomes(decide(append(bulky(head, "w2", escaped)), head)).get(0))
        .isInstanceOf(AppendOutcome.NoRoom.class);
  }

  private AppendRequest bulky(Head head, String writer, String position) {
    return new AppendRequest(
        "a",
        new AppendRequest.Fencing(writer, writerEpoch(head, writer)),
        OptionalLong.empty(),
        List.of(batch(1)),
        position,
        true);
  }

  private static long writerEpoch(Head head, String writer) {
    WriterEntry entry = head.writers().get(writer);
    return entry == null ? -1 : entry.epoch();
  }

  @Test
  void aGroupOfWhichAnAttemptCommittedAPartIsNotCalledFailed() {
    Head one = after(empty, fresh("x", batch(1)));
    AppendRequest waiting =
        new AppendRequest("b", null, OptionalLong.of(2), List.of(batch(1)), null, true);
    Append group = append(waiting, fresh("a", batch(1)));
    Head landed = next(decide(group, one), one);
    Transition<Head, List<AppendOutcome>> attempted = group.attempted();
    assertThat(attempted.cannotTell(one)).isFalse();
    // What was committed makes room for what was rejected: the verdict is to write again. Should
    // that fail, nobody may hear that all of the group did.
    assertThat(decide(attempted, landed)).isInstanceOf(Verdict.Replace.class);
    assertThat(attempted.cannotTell(landed)).isTrue();
  }

  @Test
  void aSupersededHolderCannotAcquireAgain() {
    Head head = acquired(acquired(empty, "w", "old"), "w", "new");
    assertThat(Acquire.of("w", "old", OptionalLong.empty()).apply(head))
        .isInstanceOf(Verdict.Reject.class);
    Acquire again = Acquire.of("w", "new", OptionalLong.empty());
    // Nothing changes, but it is written: no earlier write of this holder can land any more.
    assertThat(next(again.apply(head), head).writers()).isEqualTo(head.writers());
    assertThat(again.attemptedOn(empty).apply(head)).isInstanceOf(Verdict.Hold.class);
  }

  @Test
  void ofTwoStatesTheOneOfTheLargerGenerationWinsInAnyOrder() {
    LogState fence = LogState.NEW.changedTo(LogState.Status.FENCED, "f");
    LogState unfence = fence.changedTo(LogState.Status.OPEN, "u");
    List<LogState> both = new ArrayList<>(List.of(fence, unfence));
    for (int order = 0; order < 2; order++) {
      Head head = empty;
      for (LogState state : both) {
        if (new TakeState(state).apply(head) instanceof Verdict.Replace<Head, LogState> replace) {
          head = replace.next();
        }
      }
      assertThat(head.state()).isEqualTo(unfence);
      Collections.reverse(both);
    }
  }

  @Test
  void anUnfenceOfAnEarlierGenerationDoesNotReopenALogThatWasFencedAgain() {
    LogDescriptor log = LogDescriptor.first(incarnation, 1, labels.next());
    LogState firstFence = log.state().changedTo(LogState.Status.FENCED, "first");
    LogState secondFence =
        firstFence
            .changedTo(LogState.Status.OPEN, "open")
            .changedTo(LogState.Status.FENCED, "second");
    LogDescriptor now = log.withState(secondFence);
    ChangeState late =
        new ChangeState(incarnation, firstFence, LogState.Status.OPEN, "late", labels.next());
    assertThat(late.apply(now)).isEqualTo(new Verdict.Reject<>(new LogChange.Overtaken(now)));
  }

  @Test
  void nothingLeavesTheStateDeleted() {
    LogState deleted = LogState.NEW.changedTo(LogState.Status.DELETED, "gone");
    WriterEntry writer = new WriterEntry(2, "h", 2, List.of(), null, null);
    Head head = empty.withWriter("w", writer).withState(deleted);
    LogState later =
        deleted.changedTo(LogState.Status.FENCED, "f").changedTo(LogState.Status.OPEN, "u");
    List<Transition<Head, ?>> transitions =
        List.of(
            append(fresh("a", batch(1))),
            append(staged(batch(1))),
            append(as("w", 2, batch(1))),
            Acquire.of("w", "h", OptionalLong.empty()),
            Acquire.of("w", "other", OptionalLong.empty()),
            Acquire.of("new", "h", OptionalLong.of(9)),
            new TakeState(later),
            new TakeState(LogState.NEW),
            new Trim(0),
            new ForgetWriter("w", 2, true));
    for (Transition<Head, ?> transition : transitions) {
      assertThat(transition.apply(head)).isNotInstanceOf(Verdict.Replace.class);
    }
    // The horizon goes on, so that vacuum can clear what is left; the state stays.
    Verdict<Head, Label> advanced = new AdvanceHorizon(labels.next()).apply(head);
    assertThat(((Verdict.Replace<Head, Label>) advanced).next().state()).isEqualTo(deleted);
  }

  @Test
  void deletedWinsOverEveryGeneration() {
    LogState deleted = LogState.NEW.changedTo(LogState.Status.DELETED, "gone");
    LogState later =
        LogState.NEW
            .changedTo(LogState.Status.FENCED, "f")
            .changedTo(LogState.Status.OPEN, "u")
            .changedTo(LogState.Status.FENCED, "f");
    assertThat(new TakeState(deleted).apply(empty.withState(later)))
        .isInstanceOf(Verdict.Replace.class);
  }

  @Test
  void nothingButANewIncarnationFollowsADeletedLog() {
    LogDescriptor log =
        LogDescriptor.first(incarnation, 1, labels.next())
            .withState(LogState.NEW.changedTo(LogState.Status.DELETED, "gone"));
    List<Transition<LogDescriptor, LogChange>> transitions =
        List.of(
            new ChangeState(incarnation, log.state(), LogState.Status.OPEN, "x", labels.next()),
            new ChangeState(incarnation, log.state(), LogState.Status.FENCED, "x", labels.next()),
            ChangeSettings.of(incarnation, null, settings -> settings, labels.next()),
            new AddPartitions(incarnation, 9),
            new DeleteLog(incarnation, "again"));
    for (Transition<LogDescriptor, LogChange> transition : transitions) {
      assertThat(transition.apply(log)).isNotInstanceOf(Verdict.Replace.class);
    }
    LogDescriptor next =
        LogDescriptor.first(new Incarnation(labels.next().value()), 1, labels.next());
    assertThat(new RecreateLog(incarnation, next).apply(log)).isInstanceOf(Verdict.Replace.class);
    assertThat(new RecreateLog(next.incarnation(), next).apply(log))
        .isInstanceOf(Verdict.Reject.class);
  }
}
