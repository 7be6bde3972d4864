package io.raftless.sim.history;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a client asked a partition for. */
public sealed interface Call {

  /** Whether a log may give this answer to this call, whatever happened. */
  boolean takes(Answer answer);

  /** The reasons for which this call may be refused. */
  Set<Reason> refusals();

  private static boolean isCommon(Call call, Answer answer) {
    return answer instanceof Answer.Failed
        || answer instanceof Answer.Unknown
        || (answer instanceof Answer.Rejected rejected
            && call.refusals().contains(rejected.reason()));
  }

  /**
   * Appends a batch, at most once, whoever tries how often.
   *
   * @param batch its name: several calls may name the same batch (with the same records)
   * @param records one or more
   * @param expectedNextOffset the only offset at which it may become part of the log
   * @param writerId under which it is appended; null for none, and then without epoch
   * @param epoch that the writer id must have
   */
  record Append(
      String batch,
      List<String> records,
      @Nullable Long expectedNextOffset,
      @Nullable String writerId,
      @Nullable Long epoch)
      implements Call {
    public Append {
      Objects.requireNonNull(batch, "batch");
      records = List.copyOf(records);
      if (records.isEmpty()) {
        throw new IllegalArgumentException("batch " + batch + " has no records");
      }
      if ((writerId == null) != (epoch == null)) {
        throw new IllegalArgumentException("a writer id goes with an epoch: " + batch);
      }
    }

    /** An append without any condition. */
    public Append(String batch, List<String> records) {
      this(batch, records, null, null, null);
    }

    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Appended || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.of(
          Reason.LOG_FENCED,
          Reason.WRITER_FENCED,
          Reason.UNKNOWN_WRITER,
          Reason.WRONG_OFFSET,
          Reason.EARLIER_FAILED,
          Reason.EXPIRED);
    }
  }

  /**
   * Reads from an offset on. What is handed out at once is one read.
   *
   * @param from the offset wanted; the answer may begin later if what is before it was trimmed
   * @param isFresh false: the reader may know an old state of the log, but none older than it
   *     handed out before. True: the reader knew nothing before this call and went on to the end;
   *     the answer has everything that was acknowledged before the call
   */
  record Read(long from, boolean isFresh) implements Call {

    /** A read that may be of an old state. */
    public Read(long from) {
      this(from, false);
    }

    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Records || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.of(Reason.TRIMMED, Reason.WRONG_OFFSET);
    }
  }

  /** Asks for the next offset. */
  record Tail() implements Call {
    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Offset || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.noneOf(Reason.class);
    }
  }

  /** Asks for the first readable offset. */
  record Start() implements Call {
    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Offset || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.noneOf(Reason.class);
    }
  }

  /** Fences the log: a new generation, also if it is fenced. */
  record Fence() implements Call {
    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Generation || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.of(Reason.OTHER_GENERATION);
    }
  }

  /**
   * Undoes a fence: makes the generation after it, which is open.
   *
   * @param generation that the fence made
   */
  record Unfence(long generation) implements Call {
    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Generation || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.of(Reason.OTHER_GENERATION);
    }
  }

  /**
   * Makes a holder the holder of a writer id. Who holds it already keeps its epoch; a new holder
   * gets a larger one; who was superseded cannot come back.
   *
   * @param writerId which
   * @param holder by whom
   */
  record Acquire(String writerId, String holder) implements Call {
    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Epoch || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.of(Reason.WRITER_FENCED);
    }
  }

  /**
   * Moves the start ahead, never back.
   *
   * @param to the first offset to keep
   */
  record Trim(long to) implements Call {
    @Override
    public boolean takes(Answer answer) {
      return answer instanceof Answer.Offset || isCommon(this, answer);
    }

    @Override
    public Set<Reason> refusals() {
      return EnumSet.of(Reason.WRONG_OFFSET);
    }
  }
}
