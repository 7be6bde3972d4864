package io.raftless.sim;

import io.raftless.store.GetOutcome;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A schedule by time: whatever is sent, computed or waited for takes as long as a seeded random
 * source says, and the next thing to happen is the one whose time comes first.
 */
final class TimedSchedule implements Schedule {
  private static final long MICRO = TimeUnit.MICROSECONDS.toNanos(1);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private static final Faults.OfWrite[] OF_WRITES = Faults.OfWrite.values();

  /** Something that will happen; a machine's does not if it has crashed since. */
  private record Step(long nanos, long order, @Nullable Machine machine, int life, Runnable task)
      implements Comparable<Step> {
    @Override
    public int compareTo(Step other) {
      int byTime = Long.compare(nanos, other.nanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Step> steps = new PriorityQueue<>();
  private final Random random;
  private Faults faults;
  private long now;
  private long order;
  private int requestsUnderWay;
  private long stepsDone;

  TimedSchedule(Random random, Faults faults) {
    this.random = random;
    this.faults = faults;
  }

  /** From now on as much goes wrong as this says. */
  void misbehave(Faults rates) {
    faults = rates;
  }

  /** How many things have happened. */
  long stepsDone() {
    return stepsDone;
  }

  /** From now on nothing goes wrong any more; what is on its way still may. */
  void heal() {
    faults = Faults.NONE;
  }

  @Override
  public long nowNanos() {
    return now;
  }

  /** Something that happens to the world. */
  void at(long nanos, Runnable task) {
    steps.add(new Step(Math.max(now, nanos), order++, null, 0, task));
  }

  private void at(long nanos, Machine machine, Runnable task) {
    steps.add(new Step(nanos, order++, machine, machine.life(), task));
  }

  @Override
  public void soon(Machine machine, Runnable task) {
    at(now + 1 + random.nextInt((int) (20 * MICRO)), machine, task);
  }

  @Override
  public void after(Machine machine, long nanos, Runnable task) {
    at(now + Math.max(1, nanos), machine, task);
  }

  /** Requests that may still take effect. */
  int requestsUnderWay() {
    return requestsUnderWay;
  }

  /** The next thing; false if there is none. */
  boolean step() {
    Step step = steps.poll();
    if (step == null) {
      return false;
    }
    stepsDone++;
    now = Math.max(now, step.nanos);
    Machine machine = step.machine;
    if (machine == null) {
      step.task.run();
    } else if (machine.isAlive() && machine.life() == step.life) {
      long stalledUntil = machine.stalledUntilNanos();
      if (stalledUntil > now) {
        steps.add(new Step(stalledUntil, order++, machine, step.life, step.task));
      } else {
        step.task.run();
      }
    }
    return true;
  }

  @Override
  public void sent(StoreRequest<?> request) {
    if (request.kind().isWrite()) {
      @SuppressWarnings("unchecked")
      StoreRequest<PutOutcome> write = (StoreRequest<PutOutcome>) request;
      sentWrite(write);
    } else if (request.kind() == StoreRequest.Kind.DELETE) {
      sentDelete(request);
    } else {
      sentRead(request);
    }
  }

  /** Half a round trip. */
  private long way() {
    long usual = MILLI + random.nextInt((int) (14 * MILLI));
    return hits(faults.slow()) ? 100 * usual : usual;
  }

  /** How long a client waits for an answer that does not come. */
  private long timeout() {
    return (100 + random.nextInt(1_900)) * MILLI;
  }

  /** A fraction of a second to ten minutes, each scale as likely as the other. */
  private long late() {
    return (long) (200 * MILLI * Math.pow(3_000, random.nextDouble()));
  }

  private boolean hits(double rate) {
    return rate > 0 && random.nextDouble() < rate;
  }

  private void takesEffect(long in, StoreRequest<?> request) {
    requestsUnderWay++;
    at(
        now + in,
        () -> {
          requestsUnderWay--;
          request.takeEffect();
        });
  }

  private void isAnswered(long in, StoreRequest<?> request, Runnable answer) {
    at(now + in, request.machine(), answer);
  }

  private void honestly(StoreRequest<?> request) {
    long there = way();
    takesEffect(there, request);
    isAnswered(there + way(), request, request::answer);
  }

  private void sentWrite(StoreRequest<PutOutcome> request) {
    if (!hits(faults.writes())) {
      honestly(request);
      return;
    }
    long there = way();
    long back = there + way();
    PutOutcome conflict = new PutOutcome.Conflict("409 or 412");
    switch (OF_WRITES[random.nextInt(OF_WRITES.length)]) {
      case RESPONSE_LOST -> {
        takesEffect(there, request);
        isAnswered(timeout(), request, () -> request.answer(unknown("timed out")));
      }
      case LANDS_LATE -> {
        takesEffect(late(), request);
        isAnswered(timeout(), request, () -> request.answer(unknown("timed out")));
      }
      case REQUEST_LOST ->
          isAnswered(timeout(), request, () -> request.answer(unknown("timed out")));
      case SERVER_ERROR -> isAnswered(back, request, () -> request.answer(unknown("503")));
      case SERVER_ERROR_BUT_APPLIED -> {
        takesEffect(there, request);
        isAnswered(back, request, () -> request.answer(unknown("500")));
      }
      case CONFLICT_FOR_NOTHING -> isAnswered(back, request, () -> request.answer(conflict));
      case CONFLICT_WITH_ITSELF -> {
        takesEffect(there, request);
        isAnswered(back, request, () -> request.answer(conflict));
      }
      case CONFLICT_AND_LATE -> {
        takesEffect(back + late(), request);
        isAnswered(back, request, () -> request.answer(conflict));
      }
    }
  }

  private static PutOutcome unknown(String why) {
    return new PutOutcome.Unknown(new TimeoutException(why));
  }

  private void sentRead(StoreRequest<?> request) {
    if (hits(faults.reads())) {
      isAnswered(timeout(), request, () -> request.fail(unavailable(request)));
      return;
    }
    if (request.kind() == StoreRequest.Kind.GET_RANGE && hits(faults.bitFlips())) {
      @SuppressWarnings("unchecked")
      StoreRequest<GetOutcome> read = (StoreRequest<GetOutcome>) request;
      long there = way();
      takesEffect(there, read);
      int bit = random.nextInt(Integer.MAX_VALUE);
      isAnswered(there + way(), read, () -> read.answer(flipped(read.outcome(), bit)));
      return;
    }
    honestly(request);
  }

  private static GetOutcome flipped(@Nullable GetOutcome outcome, int bit) {
    if (outcome instanceof GetOutcome.Found found && found.body().hasRemaining()) {
      ByteBuffer body = found.body();
      ByteBuffer copy = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
      int place = bit % (8 * copy.remaining());
      copy.put(place / 8, (byte) (copy.get(place / 8) ^ (1 << (place % 8))));
      return new GetOutcome.Found(found.etag(), copy.asReadOnlyBuffer(), found.storeDate());
    }
    if (outcome == null) {
      throw new IllegalStateException("the read has not taken effect");
    }
    return outcome;
  }

  private void sentDelete(StoreRequest<?> request) {
    if (!hits(faults.deletes())) {
      honestly(request);
      return;
    }
    switch (random.nextInt(3)) {
      case 0 -> takesEffect(way(), request);
      case 1 -> takesEffect(late(), request);
      default -> {
        // It never arrives.
      }
    }
    isAnswered(timeout(), request, () -> request.fail(unavailable(request)));
  }

  private static StoreException unavailable(StoreRequest<?> request) {
    return StoreException.unavailable(
        request + " was not answered", new TimeoutException("no answer"));
  }
}
