package io.raftless.bench.sim;

import io.raftless.store.ETag;
import io.raftless.store.FolderPage;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A store that is as slow, as limited and as expensive as S3 Standard ({@link S3Model}).
 *
 * <p>A request takes effect in the store behind this in the middle of the time that was drawn for
 * it (after the body, if it has one), and is answered at the end of it. What the store behind takes
 * itself is part of that time, and lengthens it only if it is longer. Waiting is an entry in a
 * scheduler: it takes no thread and no processor time.
 *
 * <p>Above the request rates of a prefix it answers as {@code S3ObjectStore} reports a 503: a write
 * is {@link PutOutcome.Unknown}, whatever else is repeated and then fails as unavailable.
 *
 * <p>Thread-safe. Latencies are drawn in the order of the requests: with one seed and one order of
 * requests they are the same.
 */
public final class SimulatedS3 implements ObjectStore {
  /** As the standard retry strategy of the SDK. */
  private static final int READ_ATTEMPTS = 3;

  /**
   * As the standard retry strategy of the SDK after a 503: a random part of it, then of twice it.
   */
  private static final long THROTTLED_NANOS = 1_000_000_000L;

  /** A refusal costs the service little. */
  private static final Latency REFUSAL = Latency.constant(10);

  private final ObjectStore store;
  private final S3Model model;
  private final SimulatedTime time;

  /** Guarded by itself. */
  private final Random random;

  private final Map<String, RateLimit> writes = new ConcurrentHashMap<>();
  private final Map<String, RateLimit> reads = new ConcurrentHashMap<>();
  private final Map<String, Replacements> replacements = new ConcurrentHashMap<>();
  private final Set<Request<?>> underWay = ConcurrentHashMap.newKeySet();

  /** Each is equal to itself only. */
  private static final class Request<T> {
    private final CompletableFuture<T> answer = new CompletableFuture<>();
  }

  private final LongAdder puts = new LongAdder();
  private final LongAdder gets = new LongAdder();
  private final LongAdder lists = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder slowDowns = new LongAdder();

  /**
   * Around a store, in real time.
   *
   * @param store what keeps the objects; closed with this
   * @param seed of the latencies
   */
  public SimulatedS3(ObjectStore store, S3Model model, long seed) {
    this(store, model, seed, new RealTime());
  }

  SimulatedS3(ObjectStore store, S3Model model, long seed, SimulatedTime time) {
    this.store = store;
    this.model = model;
    this.time = time;
    this.random = new Random(seed);
  }

  /** Until now. */
  public Bill bill() {
    return new Bill(puts.sum(), gets.sum(), lists.sum(), deletes.sum(), slowDowns.sum());
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return read(key, () -> store.get(key));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return read(key, () -> store.getIfChanged(key, known));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return read(key, () -> store.getRange(key, offset, length));
  }

  private CompletableFuture<GetOutcome> read(
      String key, Supplier<CompletableFuture<GetOutcome>> send) {
    return repeated(key, reads, model.readsPerSecond(), gets, model.get(), send, SimulatedS3::size);
  }

  private static long size(@Nullable GetOutcome outcome) {
    return outcome instanceof GetOutcome.Found found ? found.body().remaining() : 0;
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return listed(prefix, () -> store.list(prefix, continuation));
  }

  @Override
  public CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation) {
    return listed(prefix, () -> store.listFolders(prefix, continuation));
  }

  private <T> CompletableFuture<T> listed(String prefix, Supplier<CompletableFuture<T>> send) {
    return repeated(prefix, reads, model.readsPerSecond(), lists, model.list(), send, page -> 0);
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return repeated(
        key,
        writes,
        model.writesPerSecond(),
        deletes,
        model.put(),
        () -> store.delete(key),
        nothing -> 0);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return putIfAbsent(key, List.of(body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    return write(
        key,
        parts.stream().mapToLong(ByteBuffer::remaining).sum(),
        whenItsTurn -> whenItsTurn.run(),
        () -> store.putIfAbsent(key, parts),
        outcome -> {});
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    Replacements ofKey =
        replacements.computeIfAbsent(key, k -> new Replacements(time, model.replacementNanos()));
    return write(
        key,
        body.remaining(),
        whenItsTurn -> ofKey.enter(expected, whenItsTurn),
        () -> store.putIfMatch(key, expected, body),
        outcome -> ofKey.answered(expected, outcome));
  }

  /** Runs what sends the request when it may take effect. */
  private interface Turn {
    void await(Runnable whenItsTurn);
  }

  /** Hears what became of it; null if the store behind did not say. */
  private interface Ending {
    void ended(@Nullable PutOutcome outcome);
  }

  private CompletableFuture<PutOutcome> write(
      String key,
      long bytes,
      Turn turn,
      Supplier<CompletableFuture<PutOutcome>> send,
      Ending ending) {
    Request<PutOutcome> request = begun();
    if (!admits(writes, key, model.writesPerSecond())) {
      complete(request, draw(REFUSAL), new PutOutcome.Unknown(slowDown()), null);
      return request.answer;
    }
    puts.increment();
    long half = draw(model.put()) / 2;
    time.after(
        model.transferNanos(bytes) + half,
        () ->
            turn.await(
                () ->
                    sent(
                        send,
                        (outcome, trouble, tookNanos) -> {
                          ending.ended(outcome);
                          complete(request, half - tookNanos, outcome, trouble);
                        })));
    return request.answer;
  }

  private <T> CompletableFuture<T> repeated(
      String key,
      Map<String, RateLimit> limits,
      double perSecond,
      LongAdder count,
      Latency latency,
      Supplier<CompletableFuture<T>> send,
      ToLongFunction<@Nullable T> bytes) {
    Request<T> request = begun();
    attempt(1, request, key, limits, perSecond, count, latency, send, bytes);
    return request.answer;
  }

  private <T> void attempt(
      int number,
      Request<T> request,
      String key,
      Map<String, RateLimit> limits,
      double perSecond,
      LongAdder count,
      Latency latency,
      Supplier<CompletableFuture<T>> send,
      ToLongFunction<@Nullable T> bytes) {
    if (!admits(limits, key, perSecond)) {
      long refusal = draw(REFUSAL);
      if (number == READ_ATTEMPTS) {
        complete(
            request,
            refusal,
            null,
            StoreException.unavailable("cannot reach " + key + " now: SlowDown", slowDown()));
        return;
      }
      long pause = refusal + (long) (uniform() * (THROTTLED_NANOS << (number - 1)));
      time.after(
          pause,
          () -> attempt(number + 1, request, key, limits, perSecond, count, latency, send, bytes));
      return;
    }
    count.increment();
    long half = draw(latency) / 2;
    time.after(
        half,
        () ->
            sent(
                send,
                (outcome, trouble, tookNanos) ->
                    complete(
                        request,
                        half + model.transferNanos(bytes.applyAsLong(outcome)) - tookNanos,
                        outcome,
                        trouble)));
  }

  /** What the store behind answered, and how long that took it. */
  private interface Answer<T> {
    void came(@Nullable T outcome, @Nullable Throwable trouble, long tookNanos);
  }

  private <T> void sent(Supplier<CompletableFuture<T>> send, Answer<T> answer) {
    long begin = time.nanos();
    CompletableFuture<T> real;
    try {
      real = send.get();
    } catch (RuntimeException | Error e) {
      answer.came(null, e, 0);
      return;
    }
    var unused =
        real.whenComplete(
            (outcome, trouble) -> answer.came(outcome, trouble, time.nanos() - begin));
  }

  private <T> Request<T> begun() {
    Request<T> request = new Request<>();
    underWay.add(request);
    return request;
  }

  private <T> void complete(
      Request<T> request, long delayNanos, @Nullable T outcome, @Nullable Throwable trouble) {
    time.after(
        Math.max(0, delayNanos),
        () -> {
          underWay.remove(request);
          if (trouble == null) {
            request.answer.complete(outcome);
          } else {
            request.answer.completeExceptionally(trouble);
          }
        });
  }

  private boolean admits(Map<String, RateLimit> limits, String key, double perSecond) {
    long now = time.nanos();
    boolean isAdmitted =
        limits.computeIfAbsent(model.prefix(key), p -> new RateLimit(perSecond, now)).admits(now);
    if (!isAdmitted) {
      slowDowns.increment();
    }
    return isAdmitted;
  }

  private static IOException slowDown() {
    return new IOException("SlowDown (HTTP 503): reduce your request rate");
  }

  private long draw(Latency latency) {
    synchronized (random) {
      return latency.drawNanos(random);
    }
  }

  private double uniform() {
    synchronized (random) {
      return random.nextDouble();
    }
  }

  /** Requests under way fail: a write as unknown. */
  @Override
  public void close() {
    time.close();
    store.close();
    for (Request<?> request : underWay) {
      request.answer.completeExceptionally(
          StoreException.unavailable("the simulated store was closed", new IOException("closed")));
    }
  }

  @Override
  public String toString() {
    return "simulated S3 on " + store;
  }
}
