package io.raftless.store.s3;

import io.raftless.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that wait for S3, one per connection, so that callers do not. Requests beyond that
 * wait in order; how many there may be is the business of the callers, who hold their bodies.
 */
final class RequestThreads implements AutoCloseable {
  private static final long IDLE_SECONDS = 30;
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private static final Logger LOG = LoggerFactory.getLogger(RequestThreads.class);

  private final ThreadPoolExecutor executor;

  RequestThreads(int threads) {
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            RequestThreads::newThread);
    executor.allowCoreThreadTimeOut(true);
  }

  private static Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "raftless-s3-" + NUMBERS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Runs the request on one of the threads; the future gets what it returns or throws. */
  <T> CompletableFuture<T> submit(Supplier<T> request) {
    PendingRequest<T> pending = new PendingRequest<>(request);
    try {
      executor.execute(pending);
    } catch (RejectedExecutionException e) {
      pending.abandon();
    } catch (Throwable e) {
      // No thread could be made. The request may be in the queue, with a thread, or with nobody.
      LOG.warn("no thread could be made for a request", e);
      executor.remove(pending);
      pending.fail(e);
    }
    return pending.future;
  }

  /** Interrupts requests under way and fails those that were never sent. */
  @Override
  public void close() {
    for (Runnable waiting : executor.shutdownNow()) {
      ((PendingRequest<?>) waiting).abandon();
    }
  }

  private static final class PendingRequest<T> implements Runnable {
    private final Supplier<T> request;
    private final CompletableFuture<T> future = new CompletableFuture<>();

    /** Whoever claims it answers: a request that was called failed is never sent. */
    private final AtomicBoolean isClaimed = new AtomicBoolean();

    PendingRequest(Supplier<T> request) {
      this.request = request;
    }

    @Override
    public void run() {
      if (!isClaimed.compareAndSet(false, true)) {
        return;
      }
      T result;
      try {
        result = request.get();
      } catch (Throwable e) {
        future.completeExceptionally(e);
        return;
      }
      future.complete(result);
    }

    void abandon() {
      fail(StoreException.refused("the store was closed before the request was sent"));
    }

    /** Unless it was sent: then its thread has the answer. */
    void fail(Throwable cause) {
      if (isClaimed.compareAndSet(false, true)) {
        future.completeExceptionally(cause);
      }
    }
  }
}
