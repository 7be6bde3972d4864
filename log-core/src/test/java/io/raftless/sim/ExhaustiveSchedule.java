package io.raftless.sim;

import io.raftless.store.FolderPage;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A schedule in which somebody else says which request is next. A request takes effect and is
 * answered in one step, and then everybody computes until nobody can without an answer.
 *
 * <p>Every machine has a time of its own. It goes on by a millisecond with each of its answers, and
 * to the next thing that it waits for when it has nothing else to do and no request under way. So a
 * machine's back-off costs no step and keeps nobody waiting, and what a machine does depends on
 * nothing but the answers that it got: not on how many steps others did in between. What is left
 * out are time-outs of code that waits for the store while the store has not answered.
 */
final class ExhaustiveSchedule implements Schedule {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  /** Who waits more often than this without sending anything waits for ever. */
  private static final int MOST_WAITS = 2_000;

  private record Timer(long nanos, long order, int life, Runnable task)
      implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(nanos, other.nanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private record Ready(int life, Runnable task) {}

  private record Sent(int number, StoreRequest<?> request) {}

  /** What belongs to one machine. */
  private static final class Lane {
    private final int number;
    private final Machine machine;
    private final Deque<Ready> ready = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final List<Sent> pending = new ArrayList<>();

    /** Writes that were answered, or whose machine crashed, and that are still to take effect. */
    private final List<Sent> landing = new ArrayList<>();

    private long now;
    private long order;
    private int sent;
    private int waits;

    /** A digest of all that it was answered. */
    private long heard;

    /** A digest of what became of writes that landed late. */
    private long landed;

    Lane(int number, Machine machine, long now) {
      this.number = number;
      this.machine = machine;
      this.now = now;
    }
  }

  /**
   * What becomes of one request, if it is sent.
   *
   * @param request number among those of its machine
   */
  record Fate(int lane, int request, Mishap mishap) {}

  private final List<Lane> lanes = new ArrayList<>();
  private final @Nullable Fate fate;
  private final Set<Mishap> mishaps;
  private final boolean isInOrder;
  private final long beginning;
  private int mishapsLeft;
  private @Nullable Lane current;

  /**
   * Nothing has happened.
   *
   * @param beginning what time it is on every machine
   * @param mishaps that are offered as alternatives
   * @param mostMishaps in one schedule
   * @param isInOrder whether a machine's requests are done in the order in which it sent them
   * @param fate what goes wrong for sure; null to leave that to who chooses the moves
   */
  ExhaustiveSchedule(
      long beginning,
      Set<Mishap> mishaps,
      int mostMishaps,
      boolean isInOrder,
      @Nullable Fate fate) {
    this.fate = fate;
    this.beginning = beginning;
    this.mishaps = mishaps;
    this.mishapsLeft = mostMishaps;
    this.isInOrder = isInOrder;
  }

  private Lane lane(Machine machine) {
    for (Lane lane : lanes) {
      if (lane.machine == machine) {
        return lane;
      }
    }
    Lane lane = new Lane(lanes.size(), machine, beginning);
    lanes.add(lane);
    return lane;
  }

  /** The number of a machine in moves. */
  int laneOf(Machine machine) {
    return lane(machine).number;
  }

  Machine machine(int lane) {
    return lanes.get(lane).machine;
  }

  @Override
  public long nowNanos() {
    Lane lane = current;
    return lane == null ? beginning : lane.now;
  }

  @Override
  public void soon(Machine machine, Runnable task) {
    lane(machine).ready.add(new Ready(machine.life(), task));
  }

  @Override
  public void after(Machine machine, long nanos, Runnable task) {
    Lane lane = lane(machine);
    lane.timers.add(new Timer(lane.now + Math.max(1, nanos), lane.order++, machine.life(), task));
  }

  @Override
  public void sent(StoreRequest<?> request) {
    Lane lane = lane(request.machine());
    lane.waits = 0;
    lane.pending.add(new Sent(lane.sent++, request));
  }

  /** Everybody computes until nobody can without an answer. */
  void settle() {
    boolean isAnything;
    do {
      isAnything = false;
      // A new machine may join: no iterator.
      for (int i = 0; i < lanes.size(); i++) {
        isAnything |= settle(lanes.get(i));
      }
    } while (isAnything);
  }

  private boolean settle(Lane lane) {
    boolean isAnything = false;
    Lane before = current;
    current = lane;
    try {
      while (true) {
        Ready ready = lane.ready.poll();
        if (ready != null) {
          isAnything = true;
          run(lane, ready.life, ready.task);
          continue;
        }
        Timer timer = lane.pending.isEmpty() ? lane.timers.poll() : null;
        if (timer == null) {
          return isAnything;
        }
        if (++lane.waits > MOST_WAITS) {
          throw new Violation("EverybodyEnds", lane.machine + " waits for ever");
        }
        isAnything = true;
        lane.now = Math.max(lane.now, timer.nanos);
        run(lane, timer.life, timer.task);
      }
    } finally {
      current = before;
    }
  }

  private static void run(Lane lane, int life, Runnable task) {
    if (lane.machine.isAlive() && lane.machine.life() == life) {
      task.run();
    }
  }

  /** One machine goes on alone, its requests in order, until it waits for something else. */
  void alone(Machine machine) {
    Lane lane = lane(machine);
    settle();
    while (!lane.pending.isEmpty()) {
      Sent next = lane.pending.get(0);
      StoreRequest<?> request = next.request;
      perform(new Move(lane.number, next.number, null, false, request.kind(), request.key()));
    }
  }

  /** What may be next, in an order that depends on nothing but the state. */
  List<Move> moves() {
    List<Move> moves = new ArrayList<>();
    for (Lane lane : lanes) {
      for (Sent sent : lane.pending) {
        if (fate != null
            && fate.lane() == lane.number
            && fate.request() == sent.number
            && sent.request.kind().isWrite()) {
          moves.add(move(lane, sent, fate.mishap(), false));
        } else {
          moves.add(move(lane, sent, null, false));
        }
        if (fate == null && mishapsLeft > 0 && sent.request.kind().isWrite()) {
          for (Mishap mishap : Mishap.values()) {
            if (mishaps.contains(mishap)) {
              moves.add(move(lane, sent, mishap, false));
            }
          }
        }
        if (isInOrder) {
          break;
        }
      }
      for (Sent sent : lane.landing) {
        moves.add(move(lane, sent, null, true));
      }
    }
    return moves;
  }

  private static Move move(Lane lane, Sent sent, @Nullable Mishap mishap, boolean isLanding) {
    StoreRequest<?> request = sent.request;
    return new Move(lane.number, sent.number, mishap, isLanding, request.kind(), request.key());
  }

  /** It happens, and everybody draws their conclusions. */
  void perform(Move move) {
    Lane lane = lanes.get(move.lane());
    List<Sent> from = move.isLanding() ? lane.landing : lane.pending;
    int at = 0;
    while (from.get(at).number != move.request()) {
      at++;
    }
    Sent sent = from.remove(at);
    StoreRequest<?> request = sent.request;
    Mishap mishap = move.mishap();
    Lane before = current;
    // What lands late costs its machine no time: the machine does not notice when it is.
    current = move.isLanding() ? null : lane;
    try {
      if (move.isLanding()) {
        request.takeEffect();
        lane.landed = mix(mix(lane.landed, sent.number), digest(outcome(request)));
        return;
      }
      lane.now += MILLI;
      lane.waits = 0;
      if (mishap == null) {
        request.takeEffect();
        lane.heard = mix(mix(lane.heard, sent.number), digest(outcome(request)));
        request.answer();
      } else {
        goWrong(lane, sent, mishap);
      }
    } finally {
      current = before;
    }
    settle();
  }

  private void goWrong(Lane lane, Sent sent, Mishap mishap) {
    mishapsLeft--;
    @SuppressWarnings("unchecked")
    StoreRequest<PutOutcome> write = (StoreRequest<PutOutcome>) sent.request;
    lane.heard = mix(mix(lane.heard, sent.number), text(mishap.name()));
    if (mishap.isApplied()) {
      write.takeEffect();
      lane.landed = mix(mix(lane.landed, sent.number), digest(outcome(write)));
    }
    if (mishap.landsLate()) {
      lane.landing.add(sent);
    }
    switch (mishap) {
      case ANSWER_LOST, LANDS_LATE ->
          write.answer(new PutOutcome.Unknown(new TimeoutException("timed out")));
      case CONFLICT_FOR_NOTHING, CONFLICT_BUT_APPLIED ->
          write.answer(new PutOutcome.Conflict("409 or 412"));
      case CRASH, CRASH_AND_LANDS_LATE, CRASH_AFTER -> {
        lane.pending.clear();
        lane.machine.crash();
        lane.timers.clear();
        lane.ready.clear();
      }
    }
  }

  /** What matters to what comes next was something else than answers: notes that. */
  void note(int lane, long what) {
    Lane it = lanes.get(lane);
    it.heard = mix(it.heard, what);
  }

  /**
   * This machine has nothing more to do, and is gone. Its reads that are under way are nobody's; of
   * writes there must not be any, since whether they take effect would make a difference.
   */
  void leave(Machine machine) {
    Lane lane = lane(machine);
    for (Sent sent : lane.pending) {
      if (sent.request.kind().isWrite() || sent.request.kind() == StoreRequest.Kind.DELETE) {
        throw new IllegalStateException(machine + " is done before its " + sent.request);
      }
    }
    machine.crash();
    lane.pending.clear();
    lane.timers.clear();
    lane.ready.clear();
  }

  /** A digest of the answers of all machines, and of the writes that are still to land. */
  long digest() {
    long digest = mishapsLeft;
    for (Lane lane : lanes) {
      digest = mix(mix(digest, lane.heard), lane.landed);
      List<Sent> landing = new ArrayList<>(lane.landing);
      landing.sort(Comparator.comparingInt(Sent::number));
      for (Sent sent : landing) {
        digest = mix(digest, sent.number);
      }
    }
    return digest;
  }

  private static Object outcome(StoreRequest<?> request) {
    Object outcome = request.outcome();
    if (outcome == null) {
      throw new IllegalStateException(request + " has no outcome");
    }
    return outcome;
  }

  static long mix(long digest, long value) {
    long mixed = (digest ^ (value * 0x9E3779B97F4A7C15L)) * 0xD6E8FEB86659FD93L;
    mixed ^= mixed >>> 32;
    mixed *= 0xD6E8FEB86659FD93L;
    return mixed ^ (mixed >>> 29);
  }

  /** Of what a machine can see of an answer. The time in it is the machine's own. */
  private static long digest(Object outcome) {
    if (outcome instanceof GetOutcome.Found found) {
      return mix(mix(1, text(found.etag().toString())), bytes(found.body()));
    }
    if (outcome instanceof ListPage page) {
      long digest = 2;
      for (ListPage.ListedObject object : page.objects()) {
        digest = mix(digest, text(object.key()));
      }
      return digest;
    }
    if (outcome instanceof FolderPage page) {
      long digest = 3;
      for (String folder : page.folders()) {
        digest = mix(digest, text(folder));
      }
      return digest;
    }
    return text(outcome instanceof PutOutcome.Conflict ? "conflict" : outcome.toString());
  }

  private static long text(String text) {
    return bytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static long bytes(ByteBuffer body) {
    ByteBuffer rest = body.duplicate();
    long digest = rest.remaining();
    while (rest.remaining() >= Long.BYTES) {
      digest = mix(digest, rest.getLong());
    }
    while (rest.hasRemaining()) {
      digest = mix(digest, rest.get());
    }
    return digest;
  }
}
