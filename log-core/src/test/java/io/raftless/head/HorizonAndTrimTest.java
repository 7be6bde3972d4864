package io.raftless.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.BatchRef;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Trim, horizon and forgetting as pure functions, row by row. */
class HorizonAndTrimTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final IndexShape SHAPE = new IndexShape(4, 3, 4);

  private final LabelSource labels =
      new LabelSource(Clock.fixed(NOW, ZoneOffset.UTC), new Random(1));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final LogKeys keys = new LogKeys("log/", incarnation);
  private final LogDescriptor log = LogDescriptor.first(incarnation, 3, labels.next());
  private final Map<Label, IndexNode> nodes = new HashMap<>();
  private final List<Label> batches = new ArrayList<>();

  private final IndexAccess index =
      new IndexAccess() {
        @Override
        public CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo) {
          return CompletableFuture.completedFuture(new LabelFact.AbsentUpTo(head.nextOffset()));
        }

        @Override
        public Optional<IndexNode> known(Label node) {
          return Optional.empty();
        }

        @Override
        public CompletableFuture<IndexNode> read(int partition, Label node) {
          return CompletableFuture.completedFuture(Objects.requireNonNull(nodes.get(node)));
        }

        @Override
        public void remember(Label label, IndexNode node) {
          nodes.put(label, node);
        }
      };

  /** So many batches of one record. */
  private Head filled(int count) {
    Head head = Head.first(log, 0);
    for (int i = 0; i < count; i++) {
      BatchRef batch = new BatchRef(labels.next(), 0, 10, 1, 5, 99);
      batches.add(batch.label());
      AppendRequest request =
          new AppendRequest("s", null, OptionalLong.empty(), List.of(batch), null, true);
      head = next(decide(new Append(keys, labels, SHAPE, index, List.of(request)), head));
    }
    return head;
  }

  private static <S, R> Verdict<S, R> decide(Transition<S, R> transition, S state) {
    Verdict<S, R> verdict = transition.apply(state);
    return verdict instanceof Verdict.NeedLookup<S, R>
        ? decide(transition.lookUp(state).join(), state)
        : verdict;
  }

  private static <S, R> S next(Verdict<S, R> verdict) {
    return ((Verdict.Replace<S, R>) verdict).next();
  }

  private static Head deleted(Head head) {
    return next(new TakeState(head.state().changedTo(LogState.Status.DELETED, "why")).apply(head));
  }

  private ForgetTrimmed forget() {
    return new ForgetTrimmed(keys, labels, SHAPE, index);
  }

  @Test
  void trimMovesTheStartAheadAndNothingElse() {
    Head head = filled(10);
    Verdict<Head, Trim.Outcome> verdict = new Trim(7).apply(head);
    assertThat(next(verdict)).isEqualTo(head.withStartOffset(7));
    assertThat(((Verdict.Replace<Head, Trim.Outcome>) verdict).result())
        .isEqualTo(new Trim.Outcome.Trimmed(7));
    assertThat(next(new Trim(10).apply(head)).startOffset()).isEqualTo(10);
  }

  @Test
  void trimToWhatIsTrimmedHoldsAndSaysWhereThePartitionStarts() {
    Head head = filled(10).withStartOffset(7);
    for (long target : new long[] {0, 6, 7}) {
      assertThat(new Trim(target).apply(head))
          .isEqualTo(new Verdict.Hold<>(new Trim.Outcome.Trimmed(7)));
    }
  }

  @Test
  void trimBeyondTheEndOrOfADeletedLogIsRejected() {
    Head head = filled(10);
    assertThat(new Trim(11).apply(head))
        .isEqualTo(new Verdict.Reject<>(new Trim.Outcome.BeyondEnd(10)));
    assertThat(new Trim(5).apply(deleted(head)))
        .isEqualTo(new Verdict.Reject<>(new Trim.Outcome.Deleted()));
  }

  @Test
  void aHeadTakesTheLargerOfTwoHorizons() {
    Label low = labels.next();
    Label high = labels.next();
    Head head = next(new AdvanceHorizon(high).apply(filled(1)));
    assertThat(head.horizon()).isEqualTo(high);
    assertThat(new AdvanceHorizon(low).apply(head)).isEqualTo(new Verdict.Hold<>(high));
    assertThat(new AdvanceHorizon(high).apply(head)).isEqualTo(new Verdict.Hold<>(high));
  }

  @Test
  void theDescriptorTakesTheLargerOfTwoHorizons() {
    Label low = labels.next();
    Label high = labels.next();
    LogDescriptor raised = next(new RaiseHorizon(incarnation, high).apply(log));
    assertThat(raised).isEqualTo(log.withHorizon(high));
    assertThat(new RaiseHorizon(incarnation, low).apply(raised))
        .isEqualTo(new Verdict.Hold<>(new RaiseHorizon.Outcome.Raised(raised)));
    assertThat(new RaiseHorizon(incarnation, high).apply(raised))
        .isEqualTo(new Verdict.Hold<>(new RaiseHorizon.Outcome.Raised(raised)));
    assertThat(Head.first(raised, 2).horizon()).isEqualTo(high);
  }

  @Test
  void theHorizonOfADeletedLogOrOfAnotherIncarnationStays() {
    Label high = labels.next();
    LogDescriptor deleted = log.withState(log.state().changedTo(LogState.Status.DELETED, "why"));
    assertThat(new RaiseHorizon(incarnation, high).apply(deleted))
        .isEqualTo(new Verdict.Reject<>(new RaiseHorizon.Outcome.Deleted()));
    assertThat(new RaiseHorizon(new Incarnation(labels.next().value()), high).apply(log))
        .isEqualTo(new Verdict.Reject<>(new RaiseHorizon.Outcome.OtherIncarnation()));
  }

  @Test
  void whatIsForgottenIsBothTrimmedAndBelowTheHorizon() {
    Head head = filled(40);
    Label aboveAll = labels.next();
    for (int trimmed : new int[] {0, 1, 13, 39, 40}) {
      for (int below : new int[] {0, 1, 13, 39, 40}) {
        Label horizon = below == 40 ? aboveAll : batches.get(below);
        Head state = head.withStartOffset(trimmed).withHorizon(horizon);
        Verdict<Head, Long> verdict = decide(forget(), state);
        int forgotten = Math.min(trimmed, below);
        if (forgotten == 0) {
          assertThat(verdict).isEqualTo(new Verdict.Hold<>(0L));
        } else {
          Head next = next(verdict);
          assertThat(next.indexStart()).isEqualTo(forgotten);
          assertThat(((Verdict.Replace<Head, Long>) verdict).result()).isEqualTo(forgotten);
          assertThat(next.nextOffset()).isEqualTo(40);
          assertThat(next.chain()).isEqualTo(head.chain());
          assertThat(next.wal().endChain(0, next.startChain())).isEqualTo(head.chain());
          assertThat(decide(forget(), next)).isEqualTo(new Verdict.Hold<>(0L));
        }
      }
    }
  }

  @Test
  void theLowestLabelOfATimeIsNotAboveAnyLabelOfIt() {
    Label lowest = Label.lowest(NOW);
    assertThat(lowest.time().toEpochMilli()).isEqualTo(NOW.toEpochMilli());
    assertThat(lowest).isLessThan(labels.next());
    assertThat(Label.lowest(NOW.plusMillis(1))).isGreaterThan(lowest);
    assertThat(Label.lowest(Instant.EPOCH.minusSeconds(1))).isEqualTo(Label.ZERO);
  }
}
