package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.cursor.Acknowledge;
import io.raftless.cursor.Advance;
import io.raftless.cursor.Cursor;
import io.raftless.cursor.MoveOutcome;
import io.raftless.cursor.Reset;
import io.raftless.cursor.Start;
import io.raftless.head.Head;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group: a name under which consumers share how far they have read, one cursor for each
 * partition. A cursor only goes forward, until somebody resets it, which begins a new generation;
 * what consumers say of records that they read in an older generation does not move it any more.
 *
 * <p>It does not give partitions to consumers. Several may read the same one: of their
 * acknowledgements of a record one is answered with {@link Acknowledgement.Advanced}.
 *
 * <p>Thread-safe. It remembers what it last saw, so an uncontended {@link #advance} is one PUT, and
 * an {@link #acknowledge} a conditional GET and a PUT: keep the handle. It needs no closing.
 *
 * <p>All futures fail with {@link RaftlessException.Failed} if nothing was done, with {@link
 * RaftlessException.UnknownOutcome} if nobody can tell, and with {@link
 * RaftlessException.Corrupted} if the cursor cannot be read. With {@link
 * RaftlessException.OtherIncarnation} or {@link RaftlessException.LogNotFound} if the log was
 * deleted: {@link #start}, {@link #reset}, {@link #delete}, {@link #positions}, {@link #lag} and
 * whatever meets a cursor that is not there look; a move of a cursor that is there does not, and
 * still moves the cursor of the old incarnation, never one of the new. All methods throw {@link
 * IllegalArgumentException} if there is no such partition, and {@link IllegalStateException} if the
 * log is closed.
 */
public final class ConsumerGroup {
  private final RaftlessLog log;
  private final GroupCursors cursors;

  ConsumerGroup(RaftlessLog log, GroupCursors cursors) {
    this.log = log;
    this.cursors = cursors;
  }

  /** What the group is called. */
  public String name() {
    return cursors.group();
  }

  GroupCursors cursors() {
    return cursors;
  }

  /** Reads where the group is in a partition: one conditional GET. */
  public CompletableFuture<GroupPosition> position(int partition) {
    return Failures.translated(
        read(partition).thenApply(GroupPosition::of), "reading the cursor of " + at(partition));
  }

  /**
   * Reads where the group is in every partition, those without a cursor and those that others added
   * too.
   */
  public CompletableFuture<SortedMap<Integer, GroupPosition>> positions() {
    return onEach(this::position);
  }

  /**
   * Where the group is, which is at {@code beginning} if it had no position there before: whoever
   * comes first decides. Calling it again is harmless.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if the offset is not in the
   * partition, or if somebody deletes the cursor at the same time.
   */
  public CompletableFuture<GroupPosition> start(int partition, ResetTo beginning) {
    String what = "starting " + at(partition);
    return Failures.translated(
        read(partition)
            .thenCombine(cursors.requireSameLog(), (cursor, same) -> cursor)
            .thenCompose(
                cursor ->
                    cursor.offset() != null
                        ? CompletableFuture.completedFuture(cursor)
                        : startAnew(cursor, beginning, what))
            .thenApply(
                cursor -> {
                  if (cursor.offset() == null) {
                    throw new RaftlessException.Refused(
                        what + ": somebody deleted the cursor at the same time; decide again");
                  }
                  return GroupPosition.of(cursor);
                }),
        what);
  }

  private CompletableFuture<Cursor> startAnew(Cursor cursor, ResetTo beginning, String what) {
    int partition = cursor.partition();
    return resolve(partition, beginning, what)
        .thenCompose(offset -> place(partition, new Start(cursor.generation(), offset)));
  }

  /**
   * Says that the records from {@code from} up to {@code to} were processed. For consumers that
   * share a partition as a queue: each acknowledges what it read and processed, in one piece.
   *
   * <p>The group must have a position: see {@link #start}. The future fails with {@link
   * RaftlessException.Refused} if {@code to} is beyond the end of the partition, and with {@link
   * RaftlessException.UnknownOutcome} if it cannot be told who acknowledged these records, which
   * can happen only if the store lost a response.
   *
   * @param generation of the position from which reading began
   * @param from offset of the first record, ≥ 0
   * @param to offset after the last record, &gt; {@code from}
   * @throws IllegalArgumentException if the offsets are not in order
   */
  public CompletableFuture<Acknowledgement> acknowledge(
      int partition, long generation, long from, long to) {
    String what = "acknowledging offsets " + from + " to " + to + " of " + at(partition);
    Acknowledge move = Acknowledge.of(generation, from, to, cursors.newName());
    return Failures.translated(
        requireWritten(partition, to, what)
            // A consumer that was slow would try on a state of long ago; the conflict would look as
            // if it might have been its own success, too many acknowledgements ago to tell.
            .thenCompose(unused -> cursors.read(partition))
            .thenCompose(unused -> cursors.update(partition, move))
            .thenApply(outcome -> acknowledgement(outcome, what)),
        what);
  }

  /**
   * Moves the cursor to {@code to} unless it is there or beyond already; gives a group without a
   * position one. For consumers that keep their position elsewhere and publish it here, such as
   * checkpoints: repeating it is harmless.
   *
   * <p>If the store lost a response it may be answered {@link Acknowledgement.AlreadyProcessed} for
   * what this call did. The future fails with {@link RaftlessException.Refused} if {@code to} is
   * beyond the end of the partition.
   *
   * @param generation of the position from which reading began; 0 if the group never had one
   * @param to offset after the last record that was processed, ≥ 0
   * @param metadata to store if the cursor is moved, at most 1,024 characters; null for none
   * @throws IllegalArgumentException if the offset is negative or the metadata too long
   */
  public CompletableFuture<Acknowledgement> advance(
      int partition, long generation, long to, @Nullable String metadata) {
    String what = "advancing to offset " + to + " the cursor of " + at(partition);
    Advance move = new Advance(generation, to, metadata);
    return Failures.translated(
        requireWritten(partition, to, what)
            .thenCompose(unused -> cursors.update(partition, move))
            .thenApply(outcome -> acknowledgement(outcome, what)),
        what);
  }

  private static Acknowledgement acknowledgement(MoveOutcome outcome, String what) {
    if (outcome instanceof MoveOutcome.Advanced advanced) {
      return new Acknowledgement.Advanced(GroupPosition.of(advanced.cursor()));
    }
    if (outcome instanceof MoveOutcome.AlreadyProcessed already) {
      return new Acknowledgement.AlreadyProcessed(GroupPosition.of(already.cursor()));
    }
    if (outcome instanceof MoveOutcome.Mismatch mismatch) {
      return new Acknowledgement.Mismatch(GroupPosition.of(mismatch.cursor()));
    }
    throw new RaftlessException.UnknownOutcome(
        what
            + ": nobody can tell any more whether this consumer did it or another: the store lost the"
            + " response, and many acknowledgements followed. Go on from the group's position",
        new IllegalStateException("not among the acknowledgements that the cursor remembers"));
  }

  /**
   * Places the cursor anywhere and begins a new generation, whatever the group is doing. Consumers
   * hear of it as {@link Acknowledgement.Mismatch}.
   *
   * <p>If it failed with {@link RaftlessException.UnknownOutcome}, do not just call it again, which
   * could undo what was processed since: use {@link #reset(int, ResetTo, long)}, or look first.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if the offset is not in the
   * partition, or if somebody resets it at the same time.
   *
   * @return the position in the new generation
   */
  public CompletableFuture<GroupPosition> reset(int partition, ResetTo to) {
    String what = "resetting " + at(partition);
    return Failures.translated(
        read(partition).thenCompose(cursor -> resetFrom(partition, cursor.generation(), to, what)),
        what);
  }

  /**
   * As {@link #reset(int, ResetTo)}, but only if the cursor is of this generation still. So it may
   * be called again: once it was done it is refused.
   *
   * @param generation of the position that the reset is to end
   * @return the position in the new generation
   */
  public CompletableFuture<GroupPosition> reset(int partition, ResetTo to, long generation) {
    String what = "resetting " + at(partition);
    log.partition(partition);
    return Failures.translated(resetFrom(partition, generation, to, what), what);
  }

  /** Time, earliest and latest become an offset here, once: a repeated attempt must not move it. */
  private CompletableFuture<GroupPosition> resetFrom(
      int partition, long generation, ResetTo to, String what) {
    return cursors
        .requireSameLog()
        .thenCompose(unused -> resolve(partition, to, what))
        .thenCompose(offset -> place(partition, generation, offset, what))
        .thenApply(GroupPosition::of);
  }

  private CompletableFuture<Cursor> place(
      int partition, long generation, @Nullable Long offset, String what) {
    return place(partition, Reset.of(generation, offset, cursors.newName()))
        .thenApply(
            outcome -> {
              if (outcome instanceof Reset.Outcome.Done done) {
                return done.cursor();
              }
              if (outcome instanceof Reset.Outcome.Overtaken overtaken) {
                throw new RaftlessException.Refused(
                    what
                        + ": generation "
                        + generation
                        + " has ended, the cursor is "
                        + describe(overtaken.cursor())
                        + "; look whether that is what you want, then decide again");
              }
              throw new RaftlessException.UnknownOutcome(
                  what
                      + ": the store lost the response, and somebody else reset it since. Look at"
                      + " the position, then decide again",
                  new IllegalStateException("another reset followed"));
            });
  }

  /** Looking for a time takes a while: who closed the log meanwhile wants no cursor moved. */
  private <R> CompletableFuture<R> place(int partition, Transition<Cursor, R> transition) {
    log.requireOpen();
    return cursors.update(partition, transition);
  }

  private static String describe(Cursor cursor) {
    return (cursor.offset() == null ? "without position" : "at offset " + cursor.offset())
        + " in generation "
        + cursor.generation();
  }

  /**
   * Takes the group's position in every partition away. Consumers that are still there hear {@link
   * Acknowledgement.Mismatch}, and bring it back only if they {@link #start} again. Small objects
   * stay behind, which remember the generation.
   *
   * <p>The future fails with {@link RaftlessException.Refused} if somebody resets a cursor at the
   * same time. If it fails, some partitions may be done and others not: call it again.
   */
  public CompletableFuture<Void> delete() {
    String what = "deleting the cursors of group '" + name() + "' of log " + log.id();
    return Failures.translated(
        onEach(partition -> deleteIn(partition, what)).thenAccept(all -> {}), what);
  }

  private CompletableFuture<Cursor> deleteIn(int partition, String what) {
    return read(partition)
        .thenCompose(
            cursor ->
                cursor.offset() == null
                    ? CompletableFuture.completedFuture(cursor)
                    : place(partition, cursor.generation(), null, what));
  }

  /** How far the group is behind in every partition. */
  public CompletableFuture<SortedMap<Integer, PartitionLag>> lag() {
    // First the cursor, then the end, which is never before it.
    return onEach(
        partition ->
            position(partition)
                .thenCompose(
                    position ->
                        log.status(partition)
                            .thenApply(status -> PartitionLag.of(position, status))));
  }

  /** Where a reader begins. */
  CompletableFuture<StartAt> startOf(int partition, StartAt.IfNoCursor ifNoCursor) {
    return position(partition)
        .thenApply(
            position -> {
              if (position.offset().isPresent()) {
                return StartAt.offset(position.offset().getAsLong());
              }
              return switch (ifNoCursor) {
                case EARLIEST -> StartAt.earliest();
                case LATEST -> StartAt.latest();
                case FAIL ->
                    throw new RaftlessException.Refused(
                        at(partition)
                            + " has no cursor to begin at: start the group, or choose EARLIEST or"
                            + " LATEST for that case");
              };
            });
  }

  private CompletableFuture<Cursor> read(int partition) {
    log.partition(partition);
    return cursors.read(partition);
  }

  /** The offset that is meant, as of now; fails if it is not in the partition. */
  private CompletableFuture<Long> resolve(int partition, ResetTo to, String what) {
    CompletableFuture<PartitionStatus> status = log.status(partition);
    if (to instanceof ResetTo.Earliest) {
      return status.thenApply(PartitionStatus::startOffset);
    }
    if (to instanceof ResetTo.Latest) {
      return status.thenApply(PartitionStatus::nextOffset);
    }
    if (to instanceof ResetTo.Timestamp time) {
      return log.offsetAt(partition, time.timestampMillis());
    }
    long offset = ((ResetTo.Offset) to).offset();
    return status.thenApply(
        head -> {
          if (offset < head.startOffset() || offset > head.nextOffset()) {
            throw new RaftlessException.Refused(
                what
                    + " to offset "
                    + offset
                    + ": choose "
                    + head.startOffset()
                    + " to "
                    + head.nextOffset()
                    + ", which is what there is");
          }
          return offset;
        });
  }

  /**
   * A cursor beyond the end would skip records that nobody has seen. The end never goes back, so
   * what was seen of it once suffices, and who has just read the records has seen it.
   */
  private CompletableFuture<Void> requireWritten(int partition, long to, String what) {
    CasCell.Snapshot<Head> known = log.partition(partition).cell().latest();
    if (known != null && to <= known.state().nextOffset()) {
      return CompletableFuture.completedFuture(null);
    }
    return log.status(partition)
        .thenAccept(
            head -> {
              if (to > head.nextOffset()) {
                throw new RaftlessException.Refused(
                    what + ": the partition ends at " + head.nextOffset());
              }
            });
  }

  private <T> CompletableFuture<SortedMap<Integer, T>> onEach(
      IntFunction<CompletableFuture<T>> operation) {
    log.requireOpen();
    return log.refreshPartitions().thenCompose(total -> onEach(total, operation));
  }

  private static <T> CompletableFuture<SortedMap<Integer, T>> onEach(
      int partitions, IntFunction<CompletableFuture<T>> operation) {
    SortedMap<Integer, CompletableFuture<T>> all = new TreeMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      all.put(partition, operation.apply(partition));
    }
    return CompletableFuture.allOf(all.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(
            unused -> {
              SortedMap<Integer, T> results = new TreeMap<>();
              all.forEach((partition, future) -> results.put(partition, future.join()));
              return results;
            });
  }

  private String at(int partition) {
    return "group '" + name() + "' in partition " + partition + " of " + log.id();
  }

  @Override
  public String toString() {
    return "group '" + name() + "' of " + log.id();
  }
}
