package io.raftless.sim.check;

import io.raftless.sim.Violation;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.sim.history.History;
import io.raftless.sim.history.LogChecker;
import io.raftless.sim.history.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All invariants, and what they look at. Whoever runs a simulation says what happens, in order; the
 * first thing that must not be is thrown as a {@link Violation} with the name of the check.
 */
public final class Checks {
  /** Orders that the checker of histories may begin, per partition. */
  private static final long STEP_BUDGET = 2_000_000;

  private final Shadow shadow;
  private final Positions positions = new Positions();
  private final List<Invariant> invariants;

  /**
   * Watches from an empty store on.
   *
   * @param root of the log, ending in a slash
   * @param store the object of a key, as it is now
   */
  public Checks(String root, Function<String, Optional<ByteBuffer>> store) {
    shadow = new Shadow(root, store);
    invariants =
        List.of(
            // What is asked about here must hold for others to make sense, so these come first.
            new ImmutableObjectsNeverChange(),
            new HeadsStay(shadow),
            new MonotonicOffsets(),
            new DescriptorNeverGoesBack(),
            new LogJsonFirst(shadow),
            new NoDanglingReference(shadow),
            new NoOverlappingRanges(),
            new NoOffsetDuplicates(shadow),
            new ExactlyOnce(shadow),
            new CompactionPreservesData(shadow),
            new CursorConsistency(shadow),
            new NoPhantomEntries(),
            new HorizonGuard(shadow),
            new FencedRejectsAppends(shadow),
            new FailedMeansAbsent(shadow),
            new OldHolderNeverCommits(shadow),
            new ConditionsHold(),
            new WriterOrderKept(shadow),
            new PositionFollowsRecords(positions),
            new AckedIsDurable(shadow),
            new OnlyAskedTrims(),
            new ReadersSeePrefixes(shadow),
            new GroupCursorsNeverGoBack());
  }

  /** The names of all that may be violated after an event. */
  public List<String> names() {
    return invariants.stream().map(Invariant::name).toList();
  }

  private void check(Change change) {
    for (Invariant invariant : invariants) {
      invariant.check(change);
    }
  }

  /**
   * A write has just taken effect.
   *
   * @param isCreate whether it was one that asks for the key to be absent
   * @param by who did it, for people
   */
  public void written(String key, boolean isCreate, ByteBuffer body, String by) {
    StoredObject object = StoredObject.of(shadow.root(), key);
    shadow.written(key);
    check(new Change.Written(object, isCreate, body, by));
    if (object.kind() == StoredObject.Kind.HEAD) {
      head(HeadImage.of(body), by);
    } else if (object.kind() == StoredObject.Kind.DESCRIPTOR) {
      LogImage before = shadow.log();
      LogImage after = LogImage.of(body);
      check(new Change.DescriptorWritten(before, after, by));
      shadow.describe(after);
    }
  }

  private void head(HeadImage head, String by) {
    PartitionImage before =
        shadow.partitions().get(new Shadow.Place(head.incarnation(), head.partition()));
    PartitionImage after = shadow.image(head);
    List<Committed> added = shadow.added(after, by);
    check(new Change.HeadWritten(before, after, added, by));
    shadow.accept(after, added);
  }

  /** A delete has just taken effect. */
  public void deleted(String key, String by) {
    shadow.deleted(key);
    check(new Change.Deleted(StoredObject.of(shadow.root(), key), by));
  }

  /** An append, of which a client will say that it asks for it, carries a position. */
  public void carries(String batch, String position) {
    positions.carries(batch, position);
  }

  /**
   * A client is about to store a position alone.
   *
   * @param epoch of its claim
   * @param expected the position that it means to replace
   */
  public void stores(
      int partition, String writerId, long epoch, @Nullable String expected, String position) {
    positions.stores(position, new Alone(partition, writerId, epoch, expected));
  }

  /**
   * A client asks for something.
   *
   * @param id of the call in the history of its partition
   * @param client the stream that it belongs to
   */
  public void asked(int partition, int id, String client, Call call) {
    if (call instanceof Call.Append append) {
      shadow.asked(partition).asked(id, client, append, positions.of(append.batch()));
    }
    check(new Change.Asked(partition, id, client, call));
  }

  /** A client is told how it ended. */
  public void told(int partition, int id, String client, Call call, Answer answer) {
    if (call instanceof Call.Append) {
      shadow.asked(partition).told(id, answer);
    }
    check(new Change.Told(partition, id, client, call, answer));
  }

  /**
   * Nothing happens any more: what was read at the end is compared with what was seen to be
   * written, and a log is looked for that explains all that the clients of a partition were told.
   *
   * @param records what is readable, from {@code startOffset} on
   */
  public void ended(
      int partition, long startOffset, long nextOffset, List<String> records, History history) {
    PartitionHistory written = shadow.history(partition);
    List<String> expected = written.texts();
    if (nextOffset != expected.size()
        || startOffset > nextOffset
        || !records.equals(expected.subList((int) startOffset, (int) nextOffset))) {
      throw new Violation(
          "FinalReadIsTheLog",
          "partition "
              + partition
              + ": from offset "
              + startOffset
              + " to "
              + nextOffset
              + " was read "
              + records
              + ", but the log is "
              + expected);
    }
    List<History.Piece> pieces = new ArrayList<>();
    for (Committed committed : written.committed()) {
      committed.parts().forEach(part -> pieces.add(new History.Piece(part.name(), part.count())));
    }
    history.finalLog(startOffset, 0, pieces);
    Verdict verdict = LogChecker.check(history, STEP_BUDGET);
    if (verdict instanceof Verdict.NotLinearizable none) {
      throw new Violation(
          "Linearizable",
          "no log explains what the clients of partition "
              + partition
              + " were told: "
              + none.explanation());
    }
    if (verdict instanceof Verdict.Undecided undecided) {
      throw new Violation(
          "Linearizable",
          "undecided after " + undecided.steps() + " steps for partition " + partition);
    }
  }

  /** Which positions go with which appends, and which alone. */
  static final class Positions {
    private final Map<String, String> ofBatches = new HashMap<>();
    private final Map<String, Alone> alone = new HashMap<>();

    void carries(String batch, String position) {
      ofBatches.put(batch, position);
    }

    @Nullable String of(String batch) {
      return ofBatches.get(batch);
    }

    void stores(String position, Alone store) {
      alone.put(position, store);
    }

    /**
     * Whether a client asked for this position in the place of what was there, or of itself: it may
     * be written once more.
     */
    boolean isStoredAlone(int partition, String writerId, HeadImage.Writer was, String position) {
      Alone store = alone.get(position);
      return store != null
          && store.partition() == partition
          && store.writerId().equals(writerId)
          && store.epoch() == was.epoch()
          && (Objects.equals(store.expected(), was.position()) || position.equals(was.position()));
    }
  }

  /** A position that is stored without records. */
  private record Alone(int partition, String writerId, long epoch, @Nullable String expected) {}
}
