package io.raftless.head;

import io.raftless.cas.StaleStateException;
import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.BatchRef;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeNeededException;
import io.raftless.index.NodeRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * AssignOffset of the protocol, for a group of requests: each is decided on the result of the ones
 * before it, and all that can be done is done by one write.
 *
 * <p>The order of the checks matters. <b>Is it already committed</b> comes first: any other verdict
 * would call a visible append failed. Then: can it still be told? Only then: is the log open, is
 * the holder current, is the offset the expected one, is no new label below the horizon (design
 * §4).
 *
 * <p>Recommit, the second phase of a two-phase append, is this transition with requests that are
 * not fresh.
 */
public final class Append implements Transition<Head, List<AppendOutcome>> {
  private final LogKeys keys;
  private final LabelSource labels;
  private final IndexShape shape;
  private final IndexAccess index;
  private final KnownNodes nodes;
  private final List<AppendRequest> requests;

  /** What was looked up so far. Facts stay true, so they carry over from head to head. */
  private final Map<Label, LabelFact> facts;

  /**
   * Makes the transition.
   *
   * @param requests in the order in which they were made
   */
  public Append(
      LogKeys keys,
      LabelSource labels,
      IndexShape shape,
      IndexAccess index,
      List<AppendRequest> requests) {
    this(keys, labels, shape, index, new KnownNodes(index), requests, Map.of());
  }

  private Append(
      LogKeys keys,
      LabelSource labels,
      IndexShape shape,
      IndexAccess index,
      KnownNodes nodes,
      List<AppendRequest> requests,
      Map<Label, LabelFact> facts) {
    this.keys = keys;
    this.labels = labels;
    this.shape = shape;
    this.index = index;
    this.nodes = nodes;
    this.requests = List.copyOf(requests);
    this.facts = facts;
  }

  @Override
  public Verdict<Head, List<AppendOutcome>> apply(Head head) {
    if (!undecided(head).isEmpty()) {
      return new Verdict.NeedLookup<>();
    }
    Group group = new Group(head);
    requests.forEach(group::add);
    if (group.isChanged) {
      try {
        return group.replace();
      } catch (NodeNeededException needed) {
        return new Verdict.NeedLookup<>();
      }
    }
    return group.hasRejected
        ? new Verdict.Reject<>(group.outcomes)
        : new Verdict.Hold<>(group.outcomes);
  }

  /**
   * The labels of which it cannot be said whether they are in the index of this head: not on level
   * 0, and some node or segment that may hold them was not looked into.
   */
  private Set<Label> undecided(Head head) {
    Set<Label> unknown = new HashSet<>();
    for (AppendRequest request : requests) {
      if (request.isFresh()) {
        continue;
      }
      for (BatchRef batch : request.batches()) {
        Label label = batch.label();
        if (!(facts.get(label) instanceof LabelFact.Found)
            && !isOnLevelZero(head, label)
            && mayBeBelow(head, label)) {
          unknown.add(label);
        }
      }
    }
    return unknown;
  }

  private static Optional<Entry> entryWith(Head head, Label label) {
    return head.wal().entries().stream().filter(e -> e.label().equals(label)).findFirst();
  }

  private static boolean isOnLevelZero(Head head, Label label) {
    return entryWith(head, label).isPresent();
  }

  /** Whether the label may be where only a look-up can tell. */
  private boolean mayBeBelow(Head head, Label label) {
    long absentUpTo = absentUpTo(label);
    return head.wal().candidates(label, absentUpTo).stream().anyMatch(NodeRef.class::isInstance)
        || !head.segments().candidates(label, absentUpTo).isEmpty();
  }

  private long absentUpTo(Label label) {
    return facts.get(label) instanceof LabelFact.AbsentUpTo absent ? absent.offset() : 0;
  }

  @Override
  public CompletableFuture<Transition<Head, List<AppendOutcome>>> lookUp(Head head) {
    Map<Label, CompletableFuture<LabelFact>> answers = new HashMap<>();
    for (Label label : undecided(head)) {
      answers.put(label, find(head, label));
    }
    if (answers.isEmpty()) {
      return lookUpNode(head);
    }
    return CompletableFuture.allOf(answers.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(
            unused -> {
              Map<Label, LabelFact> known = new HashMap<>(facts);
              answers.forEach((label, answer) -> known.put(label, answer.join()));
              return new Append(keys, labels, shape, index, nodes, requests, Map.copyOf(known));
            });
  }

  /**
   * What became of a deleted log's batches is of no consequence: where vacuum took its nodes away,
   * nothing is found. Otherwise nobody would ever hear that the log is deleted.
   */
  private CompletableFuture<LabelFact> find(Head head, Label label) {
    CompletableFuture<LabelFact> found = index.find(head, label, absentUpTo(label));
    if (!head.isDeleted()) {
      return found;
    }
    return found.exceptionallyCompose(
        trouble ->
            trouble instanceof StaleStateException
                    || trouble.getCause() instanceof StaleStateException
                ? CompletableFuture.completedFuture(new LabelFact.AbsentUpTo(head.nextOffset()))
                : CompletableFuture.failedFuture(trouble));
  }

  /** The index spills, and the node that takes it was not read yet. */
  private CompletableFuture<Transition<Head, List<AppendOutcome>>> lookUpNode(Head head) {
    Group group = new Group(head);
    requests.forEach(group::add);
    try {
      group.replace();
      return CompletableFuture.completedFuture(this);
    } catch (NodeNeededException needed) {
      return nodes.read(head.partition(), needed).thenApply(unused -> this);
    }
  }

  @Override
  public Transition<Head, List<AppendOutcome>> attempted() {
    List<AppendRequest> attempted = requests.stream().map(AppendRequest::attempted).toList();
    return new Append(keys, labels, shape, index, nodes, attempted, facts);
  }

  @Override
  public boolean cannotTell(Head head) {
    return requests.stream()
        .filter(request -> !request.isFresh())
        .flatMap(request -> request.batches().stream())
        .map(BatchRef::label)
        .anyMatch(label -> isFound(head, label) || label.compareTo(head.horizon()) < 0);
  }

  /**
   * Of a group, what an attempt without an answer committed is there, whatever becomes of those
   * that it could not commit: the group as a whole must not be called failed.
   */
  private boolean isFound(Head head, Label label) {
    return isOnLevelZero(head, label) || facts.get(label) instanceof LabelFact.Found;
  }

  /** The requests so far, applied to a head one after the other. */
  private final class Group {
    private final List<AppendOutcome> outcomes = new ArrayList<>();
    private final Set<Object> rejectedStreams = new HashSet<>();
    private final List<Entry> added = new ArrayList<>();
    private Head head;
    private long nextOffset;
    private Chain chain;
    private boolean isChanged;
    private boolean hasRejected;

    Group(Head head) {
      this.head = head;
      this.nextOffset = head.nextOffset();
      this.chain = head.chain();
    }

    void add(AppendRequest request) {
      AppendOutcome outcome = decide(request);
      if (outcome instanceof AppendOutcome.Rejected) {
        hasRejected = true;
        rejectedStreams.add(request.stream());
      }
      outcomes.add(outcome);
    }

    private AppendOutcome decide(AppendRequest request) {
      List<Optional<Long>> found = request.batches().stream().map(this::committedAt).toList();
      if (found.stream().allMatch(Optional::isPresent)) {
        return new AppendOutcome.Committed(
            found.stream().map(Optional::orElseThrow).toList(), found.size());
      }
      if (!request.isFresh()) {
        // It may have been committed and cleaned away since: no other verdict would be true.
        AppendOutcome.Rejected expired = expired(request, found);
        if (expired != null) {
          return expired;
        }
      }
      AppendOutcome.Rejected rejection = rejection(request, found);
      return rejection != null ? rejection : append(request, found);
    }

    private Optional<Long> committedAt(BatchRef batch) {
      if (facts.get(batch.label()) instanceof LabelFact.Found fact) {
        return Optional.of(fact.baseOffset());
      }
      return entryWith(head, batch.label())
          .or(() -> added.stream().filter(e -> e.label().equals(batch.label())).findFirst())
          .map(Entry::baseOffset);
    }

    private AppendOutcome.@Nullable Rejected rejection(
        AppendRequest request, List<Optional<Long>> found) {
      if (rejectedStreams.contains(request.stream())) {
        return new AppendOutcome.EarlierRejected();
      }
      if (head.state().status() != LogState.Status.OPEN) {
        return new AppendOutcome.LogNotOpen(head.state());
      }
      AppendRequest.Fencing fencing = request.fencing();
      if (fencing != null) {
        WriterEntry writer = head.writers().get(fencing.writerId());
        if (writer == null) {
          return new AppendOutcome.UnknownWriter();
        }
        if (writer.epoch() != fencing.epoch()) {
          return new AppendOutcome.FencedOff(writer.holder(), writer.epoch());
        }
        String position = request.position();
        if (position != null) {
          int bytes = head.writersBytes(fencing.writerId(), writer.withPosition(position));
          if (bytes > Head.MAX_WRITERS_BYTES) {
            return new AppendOutcome.NoRoom(bytes);
          }
        }
      }
      if (request.expectedNextOffset().isPresent()
          && request.expectedNextOffset().getAsLong() != nextOffset) {
        return new AppendOutcome.WrongOffset(nextOffset);
      }
      return expired(request, found);
    }

    private AppendOutcome.@Nullable Expired expired(
        AppendRequest request, List<Optional<Long>> found) {
      for (int i = 0; i < found.size(); i++) {
        Label label = request.batches().get(i).label();
        if (found.get(i).isEmpty() && label.compareTo(head.horizon()) < 0) {
          return new AppendOutcome.Expired(label, head.horizon(), request.isFresh());
        }
      }
      return null;
    }

    private AppendOutcome append(AppendRequest request, List<Optional<Long>> found) {
      List<Long> baseOffsets = new ArrayList<>();
      int already = 0;
      for (int i = 0; i < found.size(); i++) {
        if (found.get(i).isPresent()) {
          baseOffsets.add(found.get(i).get());
          already++;
          continue;
        }
        Entry entry = Entry.of(request.batches().get(i), nextOffset, request.origin());
        added.add(entry);
        baseOffsets.add(nextOffset);
        nextOffset = entry.endOffset();
        chain = entry.chainAfter(head.partition(), chain);
      }
      AppendRequest.Fencing fencing = request.fencing();
      String position = request.position();
      if (fencing != null && position != null) {
        WriterEntry writer = head.writers().get(fencing.writerId());
        if (writer != null) {
          head = head.withWriter(fencing.writerId(), writer.withPosition(position));
        }
      }
      isChanged = true;
      return new AppendOutcome.Committed(baseOffsets, already);
    }

    Verdict<Head, List<AppendOutcome>> replace() {
      Growth.Grown grown = new Growth(labels, shape, nodes, head).with(added, nextOffset, chain);
      return new Verdict.Replace<>(grown.next(), outcomes, nodes.objects(keys, head, grown.edit()));
    }
  }
}
