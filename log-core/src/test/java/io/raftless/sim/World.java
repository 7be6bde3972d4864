package io.raftless.sim;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** The machines, the store that they share, and what happens between them. */
final class World {
  private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

  private final Schedule schedule;
  private final Strands strands;
  private final Journal journal;
  private final WorldClock clock = new WorldClock();
  private final Disk disk;
  private final Random seeds;
  private final boolean isPatient;
  private final List<Machine> machines = new ArrayList<>();
  private final List<Consumer<StoreRequest<?>>> observers = new ArrayList<>();
  private int requests;
  private Recorder recorder = Recorder.NOBODY;

  /**
   * An empty world.
   *
   * @param seed of the randomness of the machines: labels, spread of retries
   * @param hasDigests whether ETags are digests of bodies
   */
  World(Schedule schedule, Strands strands, long seed, boolean hasDigests) {
    this.schedule = schedule;
    this.strands = strands;
    this.journal = new Journal(schedule);
    this.seeds = new Random(seed);
    this.isPatient = Math.floorMod(seed, 3L) == 2;
    this.disk = new Disk(clock, hasDigests);
  }

  Schedule schedule() {
    return schedule;
  }

  Strands strands() {
    return strands;
  }

  Journal journal() {
    return journal;
  }

  Disk disk() {
    return disk;
  }

  /** The time of the world, which is also the store's. */
  Clock clock() {
    return clock;
  }

  List<Machine> machines() {
    return machines;
  }

  /**
   * Whether machines that race pause for each other. Not in most worlds, *because* there is less to
   * be found where they keep out of each other's way.
   */
  boolean isPatient() {
    return isPatient;
  }

  /** A machine that runs from now on. */
  Machine start(String name, Duration clockAhead) {
    Machine machine = new Machine(this, name, new Random(seeds.nextLong()), clockAhead);
    machines.add(machine);
    return machine;
  }

  /** Who hears of every request when it has just taken effect. */
  void observe(Consumer<StoreRequest<?>> observer) {
    observers.add(observer);
  }

  /** Who hears what the journal does not have. */
  Recorder recorder() {
    return recorder;
  }

  void record(Recorder listener) {
    recorder = listener;
  }

  int nextRequest() {
    return requests++;
  }

  /** How many requests were sent. */
  int requests() {
    return requests;
  }

  void tookEffect(StoreRequest<?> request) {
    Object outcome = request.outcome();
    journal.add(
        Journal.Kind.EFFECT,
        request.machine(),
        request,
        outcome == null ? "none" : Journal.brief(outcome));
    observers.forEach(observer -> observer.accept(request));
  }

  /** What time it is. */
  private final class WorldClock extends Clock {
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
      return BEGINNING.plusNanos(schedule.nowNanos());
    }
  }
}
