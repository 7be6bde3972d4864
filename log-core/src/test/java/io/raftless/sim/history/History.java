package io.raftless.sim.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of one partition asked for and were told, from the creation of the log on. Not
 * thread-safe: one scheduler owns it.
 *
 * <p>Times are numbers of events. One call precedes another if it was answered at a smaller time
 * than the other was made; equal times overlap. A call that is never answered may have an effect at
 * any time, or never: its client crashed.
 *
 * <p>A <b>client</b> is a stream: its appends that succeed come in the order in which it made them,
 * also if it did not wait for their answers, and its reads never go back to an older state. So two
 * things that are independent of each other (two streams of a writer, commits of staged batches,
 * two readers, a process before and after a restart) are two clients, whatever they run in.
 */
public final class History {
  private final List<Recorded> operations = new ArrayList<>();
  private final Map<String, List<String>> batches = new HashMap<>();
  private @Nullable FinalLog finalLog;

  /** A call, and its answer if there is one. */
  record Recorded(
      int id, String client, long invoked, Call call, long answered, @Nullable Answer answer) {

    private static final long NEVER = Long.MAX_VALUE;

    boolean isPending() {
      return answer == null;
    }

    @Override
    public String toString() {
      return "#"
          + id
          + " "
          + client
          + " "
          + call
          + " ["
          + invoked
          + ", "
          + (answer == null ? "never answered]" : answered + "] -> " + answer);
    }
  }

  /**
   * Records that stand next to each other at the end.
   *
   * @param batch that they are; null if that is not known
   * @param count of records
   */
  public record Piece(@Nullable String batch, int count) {
    public Piece {
      if (count < 1) {
        throw new IllegalArgumentException("a piece of " + count + " records");
      }
    }
  }

  /** What is there at the end: pieces from {@code base} to the next offset. */
  record FinalLog(long startOffset, long base, List<Piece> pieces) {
    FinalLog {
      pieces = List.copyOf(pieces);
    }
  }

  /**
   * A client makes a call.
   *
   * @param client the stream that it belongs to
   * @param time not smaller than any before
   * @return the number of the operation, from 0 on
   */
  public int invoke(String client, long time, Call call) {
    if (time < 0) {
      throw new IllegalArgumentException("time " + time + " is negative");
    }
    if (call instanceof Call.Append append) {
      List<String> before = batches.putIfAbsent(append.batch(), append.records());
      if (before != null && !before.equals(append.records())) {
        throw new IllegalArgumentException(
            "batch " + append.batch() + " has records " + before + " and " + append.records());
      }
    }
    int id = operations.size();
    operations.add(new Recorded(id, client, time, call, Recorded.NEVER, null));
    return id;
  }

  /** The client hears of it. At most once, and not before the call. */
  public void answer(int operation, long time, Answer answer) {
    Recorded asked = operations.get(operation);
    if (!asked.isPending()) {
      throw new IllegalStateException("answered before: " + asked);
    }
    if (time < asked.invoked()) {
      throw new IllegalArgumentException("answered at " + time + ", before it was made: " + asked);
    }
    if (!asked.call().takes(answer)) {
      throw new IllegalArgumentException(answer + " is no answer to " + asked);
    }
    operations.set(
        operation,
        new Recorded(operation, asked.client(), asked.invoked(), asked.call(), time, answer));
  }

  /**
   * What the whole log looks like after everything that was answered: as the index shows it, or a
   * reader that read all of it. Calls without a certain outcome may take effect later still.
   *
   * @param startOffset the first readable offset
   * @param base the offset of the first piece: smaller than the start if the index remembers more
   * @param pieces in order, up to the next offset
   */
  public void finalLog(long startOffset, long base, List<Piece> pieces) {
    finalLog = new FinalLog(startOffset, base, pieces);
  }

  /** As {@link #finalLog(long, long, List)}, if the first piece begins at the start. */
  public void finalLog(long startOffset, List<Piece> pieces) {
    finalLog(startOffset, startOffset, pieces);
  }

  /** How many calls were recorded. */
  public int size() {
    return operations.size();
  }

  List<Recorded> operations() {
    return operations;
  }

  @Nullable FinalLog finalLog() {
    return finalLog;
  }

  /** One line per call, in the order in which they were made. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    operations.forEach(operation -> text.append(operation).append('\n'));
    if (finalLog != null) {
      text.append(finalLog).append('\n');
    }
    return text.toString();
  }
}
