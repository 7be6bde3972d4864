package io.raftless.sim;

import io.raftless.runtime.Waiting;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Threads for blocking code of which one runs at a time: a strand runs until it waits for a future
 * or ends, while the thread that resumed it stands still. So they are coroutines in all but name,
 * and where one waits is the only place where anything else can happen.
 *
 * <p>Owned by the thread that runs the simulation. The threads are kept for the next one.
 */
final class Strands implements AutoCloseable {

  /** Tells whoever is in the middle of something that its machine is no more. */
  static final class MachineCrashed extends Error {
    private static final long serialVersionUID = 1L;

    MachineCrashed() {
      super("the machine crashed", null, false, false);
    }
  }

  /** Who runs a strand again once what it waits for is there. */
  @FunctionalInterface
  interface Waker {
    void wake(Strand strand);
  }

  private final Deque<Carrier> idle = new ArrayDeque<>();
  private final List<Carrier> all = new ArrayList<>();

  /** A strand that has not begun; {@link Strand#resume} begins it. */
  Strand create(Runnable body, Waker waker) {
    return new Strand(body, waker);
  }

  /** Ends the threads; whatever is still on them must have ended. */
  @Override
  public void close() {
    for (Carrier carrier : all) {
      carrier.isClosed = true;
      carrier.turn.release();
    }
  }

  /** One run of blocking code. */
  final class Strand {
    private final Runnable body;
    private final Waker waker;
    private @Nullable Carrier carrier;
    private @Nullable Throwable trouble;
    private boolean isEnded;
    private boolean isKilled;

    private Strand(Runnable body, Waker waker) {
      this.body = body;
      this.waker = waker;
    }

    /**
     * Runs it until it waits or ends. To be called by the simulation's thread.
     *
     * @throws RuntimeException or Error that it ended with
     */
    void resume() {
      if (isEnded) {
        return;
      }
      Carrier thread = carrier;
      if (thread == null) {
        thread = idle.poll();
        if (thread == null) {
          thread = new Carrier();
          all.add(thread);
          thread.start();
        }
        thread.strand = this;
        carrier = thread;
      }
      thread.turn.release();
      thread.back.acquireUninterruptibly();
      if (isEnded) {
        carrier = null;
        idle.push(thread);
        if (trouble instanceof Error error) {
          throw error;
        }
        if (trouble instanceof RuntimeException unchecked) {
          throw unchecked;
        }
      }
    }

    /** Ends it where it waits; what it does then, it does at once. */
    void kill() {
      isKilled = true;
      if (carrier == null) {
        isEnded = true;
        return;
      }
      for (int turns = 0; !isEnded; turns++) {
        if (turns == 1_000) {
          throw new IllegalStateException("a strand that was killed goes on waiting");
        }
        resume();
      }
    }

    boolean isEnded() {
      return isEnded;
    }

    private void run() {
      try {
        body.run();
      } catch (MachineCrashed expected) {
        // That was its end.
      } catch (RuntimeException | Error e) {
        trouble = isKilled ? null : e;
      } finally {
        isEnded = true;
      }
    }

    private void waitFor(CompletableFuture<?> future, Carrier thread) {
      if (isKilled) {
        throw new MachineCrashed();
      }
      var unused = future.whenComplete((value, failure) -> waker.wake(this));
      while (!future.isDone()) {
        thread.yieldTurn();
        if (isKilled) {
          throw new MachineCrashed();
        }
      }
    }
  }

  /** The thread under a strand. */
  private static final class Carrier extends Thread implements Waiting.Scheduled {
    private final Semaphore turn = new Semaphore(0);
    private final Semaphore back = new Semaphore(0);
    private volatile boolean isClosed;

    /** Set before a turn is given. */
    private @Nullable Strand strand;

    Carrier() {
      super("strand");
      setDaemon(true);
    }

    @Override
    public void run() {
      while (true) {
        turn.acquireUninterruptibly();
        if (isClosed) {
          return;
        }
        Strand now = strand;
        if (now != null) {
          now.run();
        }
        strand = null;
        back.release();
      }
    }

    @Override
    public void waitFor(CompletableFuture<?> future) {
      Strand now = strand;
      if (now == null) {
        throw new IllegalStateException("nothing runs here");
      }
      now.waitFor(future, this);
    }

    private void yieldTurn() {
      back.release();
      turn.acquireUninterruptibly();
    }
  }
}
