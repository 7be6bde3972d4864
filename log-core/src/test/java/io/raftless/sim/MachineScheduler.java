package io.raftless.sim;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The threads of one life of a machine: tasks become steps of the schedule. */
final class MachineScheduler extends AbstractExecutorService implements ScheduledExecutorService {
  private final Machine machine;
  private final int life;
  private boolean isShutdown;

  MachineScheduler(Machine machine, int life) {
    this.machine = machine;
    this.life = life;
  }

  private boolean isOver() {
    return isShutdown || !machine.isAlive() || machine.life() != life;
  }

  private void run(Runnable task) {
    if (!isOver()) {
      task.run();
    }
  }

  @Override
  public void execute(Runnable task) {
    if (isShutdown) {
      throw new RejectedExecutionException("the runtime is stopped");
    }
    machine.world().schedule().soon(machine, () -> run(task));
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    if (isShutdown) {
      throw new RejectedExecutionException("the runtime is stopped");
    }
    machine.world().schedule().after(machine, unit.toNanos(delay), () -> run(task));
    return new Nobodys();
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("not used by the code under test");
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException("not used by the code under test");
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("not used by the code under test");
  }

  @Override
  public void shutdown() {
    isShutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    isShutdown = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return isShutdown;
  }

  @Override
  public boolean isTerminated() {
    return isShutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isShutdown;
  }

  /** What the code under test does not look at. */
  private static final class Nobodys extends FutureTask<Void> implements ScheduledFuture<Void> {
    Nobodys() {
      super(() -> {}, null);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      throw new UnsupportedOperationException("not used by the code under test");
    }

    @Override
    public int compareTo(Delayed other) {
      throw new UnsupportedOperationException("not used by the code under test");
    }
  }
}
