package io.raftless.sim;

import io.raftless.runtime.LogRuntime;
import io.raftless.runtime.Waiting;
import io.raftless.sim.Strands.MachineCrashed;
import io.raftless.sim.Strands.Strand;
import io.raftless.store.ETag;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A process on a machine of its own: a clock that may be wrong, a view of the store, memory that is
 * lost in a crash. It has one life after another.
 */
final class Machine {
  private final World world;
  private final String name;
  private final MachineClock clock = new MachineClock();
  private final MachineStore store = new MachineStore(this);
  private final Random random;
  private final List<Strand> strands = new ArrayList<>();
  private LogRuntime runtime;
  private int life;
  private boolean isAlive = true;
  private long clockAheadNanos;
  private long stalledUntilNanos;

  Machine(World world, String name, Random random, Duration clockAhead) {
    this.world = world;
    this.name = name;
    this.random = random;
    this.clockAheadNanos = clockAhead.toNanos();
    this.runtime = newRuntime();
  }

  private LogRuntime newRuntime() {
    MachineScheduler threads = new MachineScheduler(this, life);
    return new LogRuntime(clock, random, threads, threads, task -> spawn(task), world.isPatient());
  }

  World world() {
    return world;
  }

  String name() {
    return name;
  }

  /** How often it was started again. */
  int life() {
    return life;
  }

  boolean isAlive() {
    return isAlive;
  }

  ObjectStore store() {
    return store;
  }

  /** Of this life. */
  LogRuntime runtime() {
    return runtime;
  }

  /** Until when it does nothing at all. */
  long stalledUntilNanos() {
    return stalledUntilNanos;
  }

  /** Begins something that may block. */
  void spawn(Runnable body) {
    if (!isAlive) {
      return;
    }
    Strand strand = world.strands().create(body, this::wake);
    strands.removeIf(Strand::isEnded);
    strands.add(strand);
    wake(strand);
  }

  private void wake(Strand strand) {
    world.schedule().soon(this, strand::resume);
  }

  /** To be called by what runs on this machine. */
  void sleep(Duration time) {
    Waiting.join(runtime.after(time));
  }

  <T> CompletableFuture<T> send(
      StoreRequest.Kind kind,
      String key,
      @Nullable ETag expected,
      @Nullable ByteBuffer body,
      Function<ObjectStore, CompletableFuture<T>> operation) {
    if (!isAlive) {
      throw new MachineCrashed();
    }
    StoreRequest<T> request =
        new StoreRequest<>(this, world.nextRequest(), kind, key, expected, body, operation);
    world.journal().add(Journal.Kind.SENT, this, request, "sent");
    CompletableFuture<T> answer = world.recorder().sent(request);
    world.schedule().sent(request);
    return answer;
  }

  /** It stops in the middle of whatever it does. What it sent may still take effect. */
  void crash() {
    if (!isAlive) {
      return;
    }
    isAlive = false;
    life++;
    world.journal().add(Journal.Kind.MACHINE, this, null, "crashes");
    strands.forEach(Strand::kill);
    strands.clear();
  }

  /** It is there again, with nothing in its memory. */
  void restart() {
    if (isAlive) {
      return;
    }
    isAlive = true;
    stalledUntilNanos = 0;
    runtime = newRuntime();
    world.journal().add(Journal.Kind.MACHINE, this, null, "starts again");
  }

  /** It does nothing for a while: what comes meanwhile is done after that. */
  void stall(Duration time) {
    long until = world.schedule().nowNanos() + time.toNanos();
    stalledUntilNanos = Math.max(stalledUntilNanos, until);
    world.journal().add(Journal.Kind.MACHINE, this, null, "stalls for " + time);
  }

  /** Its clock jumps. */
  void jump(Duration by) {
    clockAheadNanos += by.toNanos();
    world.journal().add(Journal.Kind.MACHINE, this, null, "its clock jumps by " + by);
  }

  @Override
  public String toString() {
    return name;
  }

  /** What this machine takes for the time. */
  private final class MachineClock extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("the code under test knows UTC only");
    }

    @Override
    public Instant instant() {
      return world.clock().instant().plusNanos(clockAheadNanos);
    }
  }
}
