package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.sim.history.Reason;
import org.jspecify.annotations.Nullable;

/** A call that wants a batch to be in the log. */
final class AskedAppend {
  private final int id;
  private final String stream;
  private final int place;
  private final Call.Append call;
  private final @Nullable String position;
  private @Nullable Answer answer;

  /**
   * It was asked just now.
   *
   * @param place in its stream
   * @param position that goes with it
   */
  AskedAppend(int id, String stream, int place, Call.Append call, @Nullable String position) {
    this.id = id;
    this.stream = stream;
    this.place = place;
    this.call = call;
    this.position = position;
  }

  int id() {
    return id;
  }

  String stream() {
    return stream;
  }

  int place() {
    return place;
  }

  Call.Append call() {
    return call;
  }

  @Nullable String position() {
    return position;
  }

  void told(Answer what) {
    answer = what;
  }

  /** It was told that it has no effect from now on. */
  boolean isOver() {
    return answer instanceof Answer.Failed || answer instanceof Answer.Rejected;
  }

  /** It was told that it never had an effect. */
  boolean hadNone() {
    return isOver() && !new Answer.Rejected(Reason.EXPIRED).equals(answer);
  }

  @Override
  public String toString() {
    return stream + " #" + id + " " + call + (answer == null ? "" : " -> " + answer);
  }
}
