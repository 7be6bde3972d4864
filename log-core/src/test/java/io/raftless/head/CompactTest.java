package io.raftless.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.head.Compact.Outcome;
import io.raftless.head.Compact.Plan;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.BatchRef;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The compaction transition as a pure function: which verdict on which head. */
class CompactTest {
  private static final int RECORDS = 2;

  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final LogKeys keys = new LogKeys("log/", incarnation);
  private final Head empty = Head.first(LogDescriptor.first(incarnation, 1, labels.next()), 0);
  private final IndexShape shape = new IndexShape(4, 3, 2);
  private final Map<Label, IndexNode> nodes = new HashMap<>();

  /** Every batch that was ever appended. */
  private final List<Entry> history = new ArrayList<>();

  private final IndexAccess index =
      new IndexAccess() {
        @Override
        public CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo) {
          throw new AssertionError("compaction searches no labels");
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

  private static <R> Verdict<Head, R> decide(Transition<Head, R> transition, Head head) {
    Verdict<Head, R> verdict = transition.apply(head);
    return verdict instanceof Verdict.NeedLookup<Head, R>
        ? decide(transition.lookUp(head).join(), head)
        : verdict;
  }

  private static <R> Head after(Transition<Head, R> transition, Head head) {
    return ((Verdict.Replace<Head, R>) decide(transition, head)).next();
  }

  private Head appended(Head head, int batches) {
    Head next = head;
    for (int i = 0; i < batches; i++) {
      BatchRef batch = new BatchRef(labels.next(), 0, 10, RECORDS, 5, 99);
      history.add(Entry.of(batch, next.nextOffset(), null));
      AppendRequest request =
          new AppendRequest(new Object(), null, OptionalLong.empty(), List.of(batch), null, true);
      next = after(new Append(keys, labels, shape, index, List.of(request)), next);
    }
    return next;
  }

  /** Of whole batches, with data from {@code dataOffset} on. */
  private Segment segment(long base, long end, long dataOffset) {
    Chain chain = Chain.ZERO;
    Label min = null;
    Label max = null;
    int sources = 0;
    for (Entry entry : history) {
      if (entry.endOffset() <= end) {
        chain = entry.chainAfter(0, chain);
        if (entry.baseOffset() >= base) {
          sources++;
          min = min == null || entry.label().compareTo(min) < 0 ? entry.label() : min;
          max = max == null || entry.label().compareTo(max) > 0 ? entry.label() : max;
        }
      }
    }
    boolean hasData = dataOffset < end;
    return new Segment(
        end,
        end - base,
        dataOffset,
        hasData ? labels.next() : null,
        hasData ? 100 : 0,
        hasData ? 50 : 0,
        labels.next(),
        sources,
        5,
        Objects.requireNonNull(min),
        Objects.requireNonNull(max),
        chain);
  }

  private Segment segment(long base, long end) {
    return segment(base, end, base);
  }

  private static Plan plan(Head head, List<Segment> merged, Segment... segments) {
    return new Plan(head.compactionCursor(), head.cursorChain(), merged, List.of(segments));
  }

  private Compact compact(Plan plan) {
    return new Compact(keys, labels, shape, index, plan);
  }

  private static Outcome outcome(Verdict<Head, Outcome> verdict) {
    if (verdict instanceof Verdict.Replace<Head, Outcome> replace) {
      return replace.result();
    }
    if (verdict instanceof Verdict.Hold<Head, Outcome> hold) {
      return hold.result();
    }
    return ((Verdict.Reject<Head, Outcome>) verdict).result();
  }

  private List<Item> leaves(List<? extends Item> items) {
    List<Item> leaves = new ArrayList<>();
    for (Item item : items) {
      IndexNode node = item instanceof NodeRef ref ? nodes.get(ref.node()) : null;
      leaves.addAll(node == null ? List.of(item) : leaves(node.items()));
    }
    return leaves;
  }

  @Test
  void aPrefixOfTheWalBecomesSegmentsAndNothingElseChanges() {
    Head head = appended(empty, 6);
    Segment segment = segment(0, 8);
    Head next = after(compact(plan(head, List.of(), segment)), head);
    assertThat(next.segments().entries()).containsExactly(segment);
    assertThat(leaves(next.wal().items())).isEqualTo(history.subList(4, 6));
    assertThat(next.compactionCursor()).isEqualTo(8);
    assertThat(next.nextOffset()).isEqualTo(head.nextOffset());
    assertThat(next.chain()).isEqualTo(head.chain());
    assertThat(next.startChain()).isEqualTo(head.startChain());
    assertThat(next.writers()).isEqualTo(head.writers());
    assertThat(next.cursorChain()).isEqualTo(segment.chain());
  }

  @Test
  void whatWasAppendedSinceThePlanStays() {
    Head head = appended(empty, 3);
    Compact compact = compact(plan(head, List.of(), segment(0, 6)));
    Head later = appended(head, 30);
    Head next = after(compact, later);
    assertThat(leaves(next.wal().items())).isEqualTo(history.subList(3, 33));
    assertThat(next.nextOffset()).isEqualTo(66);
  }

  @Test
  void nodesThatAreCutInTwoAreWrittenAnewAndTheChainGoesOn() {
    Head head = appended(empty, 60);
    for (int end = 1; end < 60; end++) {
      Head next = after(compact(plan(head, List.of(), segment(0, 2L * end))), head);
      assertThat(leaves(next.wal().items())).isEqualTo(history.subList(end, 60));
      assertThat(next.wal().endChain(0, next.cursorChain())).isEqualTo(head.chain());
    }
  }

  @Test
  void everythingMayBeCompactedAndAppendsGoOnBehindIt() {
    Head head = appended(empty, 5);
    Head next = after(compact(plan(head, List.of(), segment(0, 10))), head);
    assertThat(next.wal().isEmpty()).isTrue();
    Head later = appended(next, 1);
    assertThat(leaves(later.wal().items())).isEqualTo(history.subList(5, 6));
  }

  @Test
  void manySegmentsAtOnceSpillIntoNodes() {
    Head head = appended(empty, 30);
    Segment[] segments = new Segment[15];
    for (int i = 0; i < 15; i++) {
      segments[i] = segment(4L * i, 4L * i + 4);
    }
    Head next = after(compact(plan(head, List.of(), segments)), head);
    assertThat(next.segments().entries()).hasSizeLessThanOrEqualTo(2);
    assertThat(leaves(next.segments().items())).containsExactly(segments);
    assertThat(next.cursorChain()).isEqualTo(head.chain());
  }

  @Test
  void theLastSegmentsAreReplacedWhenTheyAreMerged() {
    Head head = appended(empty, 3);
    Segment small = segment(0, 4);
    Head with = after(compact(plan(head, List.of(), small)), head);
    Segment large = segment(0, 6);
    Head next = after(compact(plan(with, List.of(small), large)), with);
    assertThat(leaves(next.segments().items())).containsExactly(large);
    assertThat(next.compactionCursor()).isEqualTo(6);
  }

  @Test
  void segmentsAreMergedWithoutNewBatchesToo() {
    Head head = appended(empty, 3);
    Segment one = segment(0, 2);
    Segment two = segment(2, 4);
    Head with = after(compact(plan(head, List.of(), one, two)), head);
    Segment both = segment(0, 4);
    Plan plan = plan(with, List.of(one, two), both);
    assertThat(plan.newCursor()).isEqualTo(with.compactionCursor());
    Head next = after(compact(plan), with);
    assertThat(next.segments().entries()).containsExactly(both);
    assertThat(next.wal()).isEqualTo(with.wal());
    assertThat(outcome(decide(compact(plan), next))).isEqualTo(new Outcome.Installed());
  }

  @Test
  void whatIsThereAlreadyIsInstalledAlsoAfterMoreAppendsAndAHorizonAboveIt() {
    Head head = appended(empty, 3);
    Compact compact = compact(plan(head, List.of(), segment(0, 4)));
    Head later = appended(after(compact, head), 9).withHorizon(labels.next());
    assertThat(decide(compact, later)).isEqualTo(new Verdict.Hold<>(new Outcome.Installed()));
  }

  @Test
  void aCursorThatMovedIsOvertaken() {
    Head head = appended(empty, 4);
    Compact mine = compact(plan(head, List.of(), segment(0, 6)));
    Head theirs = after(compact(plan(head, List.of(), segment(0, 4))), head);
    assertThat(decide(mine, theirs)).isEqualTo(new Verdict.Reject<>(new Outcome.Overtaken()));
  }

  @Test
  void mergedSegmentsThatAreNotTheLastOnesAnyMoreAreOvertaken() {
    Head head = appended(empty, 4);
    Segment one = segment(0, 2);
    Segment two = segment(2, 4);
    Head with = after(compact(plan(head, List.of(), one, two)), head);
    Compact mine = compact(plan(with, List.of(two), segment(2, 8)));
    // The cursor is the same, but what mine would replace is part of something else.
    Head theirs = after(compact(plan(with, List.of(one, two), segment(0, 4))), with);
    assertThat(theirs.compactionCursor()).isEqualTo(with.compactionCursor());
    assertThat(decide(mine, theirs)).isEqualTo(new Verdict.Reject<>(new Outcome.Overtaken()));
  }

  @Test
  void mergedSegmentsThatWereForgottenAreOvertaken() {
    Head head = appended(empty, 4);
    Segment one = segment(0, 4);
    Head with = after(compact(plan(head, List.of(), one)), head);
    Compact mine = compact(plan(with, List.of(one), segment(0, 8)));
    Head trimmed = with.withStartOffset(4).withHorizon(labels.next());
    Head forgotten = after(new ForgetTrimmed(keys, labels, shape, index), trimmed);
    assertThat(decide(mine, forgotten)).isEqualTo(new Verdict.Reject<>(new Outcome.Overtaken()));
  }

  @Test
  void batchesThatWereForgottenAreOvertaken() {
    Head head = appended(empty, 4);
    Compact mine = compact(plan(head, List.of(), segment(0, 8)));
    Head trimmed = head.withStartOffset(4).withHorizon(labels.next());
    Head forgotten = after(new ForgetTrimmed(keys, labels, shape, index), trimmed);
    assertThat(forgotten.compactionCursor()).isEqualTo(4);
    assertThat(decide(mine, forgotten)).isEqualTo(new Verdict.Reject<>(new Outcome.Overtaken()));
  }

  @Test
  void aPlanOfAnotherHistoryIsAnError() {
    Head head = appended(empty, 4);
    Chain other = head.chain();
    Compact mine = compact(new Plan(0, other, List.of(), List.of(segment(0, 4))));
    assertThatThrownBy(() -> decide(mine, head))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(other.hex());
  }

  @Test
  void segmentsWhoseChainDoesNotLeadToTheEndOfTheHeadAreAnError() {
    Head head = appended(empty, 4);
    Entry lost = history.remove(1);
    Segment wrong = segment(0, 6);
    history.add(1, lost);
    assertThatThrownBy(() -> decide(compact(plan(head, List.of(), wrong)), head))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not lead to");
  }

  @Test
  void segmentsWithoutTheDataOfReadableOffsetsAreAnError() {
    Head head = appended(empty, 4);
    Compact mine = compact(plan(head, List.of(), segment(0, 4, 4), segment(4, 8)));
    assertThatThrownBy(() -> decide(mine, head))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is read from 0");
    Head trimmed = head.withStartOffset(4);
    assertThat(outcome(decide(mine, trimmed))).isEqualTo(new Outcome.Installed());
  }

  @Test
  void aSegmentBelowTheHorizonIsExpired() {
    Head head = appended(empty, 4);
    Segment made = segment(0, 4);
    Label provenance = labels.next();
    Label horizon = Objects.requireNonNull(made.label());
    Head between = head.withHorizon(above(horizon));
    Segment renamed = with(made, horizon, provenance);
    assertThat(decide(compact(plan(head, List.of(), renamed)), between))
        .isEqualTo(new Verdict.Reject<>(new Outcome.Expired(between.horizon())));
    Head at = head.withHorizon(horizon);
    assertThat(outcome(decide(compact(plan(head, List.of(), renamed)), at)))
        .isEqualTo(new Outcome.Installed());
  }

  @Test
  void aListOfSourcesBelowTheHorizonIsExpired() {
    Head head = appended(empty, 4).withStartOffset(4);
    Label provenance = labels.next();
    Segment old = with(segment(0, 4), labels.next(), provenance);
    Head between = head.withHorizon(above(provenance));
    assertThat(decide(compact(plan(head, List.of(), old)), between))
        .isEqualTo(new Verdict.Reject<>(new Outcome.Expired(between.horizon())));
  }

  /** The next label. */
  private static Label above(Label label) {
    UUID value = label.value();
    return new Label(new UUID(value.getMostSignificantBits(), value.getLeastSignificantBits() + 1));
  }

  private static Segment with(Segment segment, @Nullable Label label, Label provenance) {
    return new Segment(
        segment.endOffset(),
        segment.count(),
        segment.dataOffset(),
        label,
        segment.bytes(),
        segment.footerBytes(),
        provenance,
        segment.sources(),
        segment.maxTimestamp(),
        segment.minLabel(),
        segment.maxLabel(),
        segment.chain());
  }

  @Test
  void batchesBelowTheHorizonMoveAllTheSame() {
    Head head = appended(empty, 4);
    Head old = head.withHorizon(labels.next());
    assertThat(outcome(decide(compact(plan(old, List.of(), segment(0, 8))), old)))
        .isEqualTo(new Outcome.Installed());
  }

  @Test
  void aDeletedLogIsNotCompactedAndAFencedOneIs() {
    Head head = appended(empty, 4);
    Compact mine = compact(plan(head, List.of(), segment(0, 8)));
    Head deleted = head.withState(new LogState(LogState.Status.DELETED, 2, null));
    assertThat(decide(mine, deleted)).isEqualTo(new Verdict.Reject<>(new Outcome.Deleted()));
    Head fenced = head.withState(new LogState(LogState.Status.FENCED, 2, null));
    assertThat(outcome(decide(mine, fenced))).isEqualTo(new Outcome.Installed());
  }

  @Test
  void aPlanMustNotHaveGapsNorEndBeforeTheCursor() {
    Head head = appended(empty, 6);
    assertThatThrownBy(() -> plan(head, List.of(), segment(0, 2), segment(4, 6)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> plan(head, List.of())).isInstanceOf(IllegalArgumentException.class);
    Segment one = segment(0, 4);
    Head with = after(compact(plan(head, List.of(), one)), head);
    assertThatThrownBy(() -> plan(with, List.of(one), segment(0, 2)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
