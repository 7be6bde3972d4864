package io.raftless.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that misbehaves as S3 and what is in front of it do: lost responses, writes that land
 * late, conflicts and errors that mean nothing. Faults come from a script or from a seeded random
 * source.
 *
 * <p>Thread-safe.
 */
public final class FaultyObjectStore extends ForwardingObjectStore {

  /** What happens to one conditional write. */
  public enum Fault {
    /** Nothing. */
    NONE,
    /** It is applied, and reported as timed out. */
    RESPONSE_LOST,
    /** It is reported as timed out, and applied when {@link #landLate} is called. */
    LANDS_LATE,
    /** It is not applied, and answered with a 500. */
    SERVER_ERROR,
    /** It is applied, and answered with a 500. */
    SERVER_ERROR_BUT_APPLIED,
    /** It is not applied, and answered with a 409, though nothing was in its way. */
    CONFLICT_FOR_NOTHING,
    /** It is applied, and answered with a 412: something in between repeated the request. */
    CONFLICT_WITH_ITSELF
  }

  private static final List<Fault> REAL = List.copyOf(EnumSet.complementOf(EnumSet.of(Fault.NONE)));

  private record Script(Predicate<String> key, Fault fault, Runnable after) {}

  private static final Script UNHARMED = new Script(any -> true, Fault.NONE, () -> {});

  private final List<Script> scripts = new ArrayList<>();
  private final List<Supplier<CompletableFuture<PutOutcome>>> late = new ArrayList<>();
  private @Nullable Random random;
  private double faultRate;

  public FaultyObjectStore(ObjectStore store) {
    super(store);
  }

  /** The next write whose key contains this text has the fault. */
  public synchronized void next(String keyPart, Fault fault) {
    afterNext(keyPart, fault, () -> {});
  }

  /** The same; and if its response is lost, something else happens before anybody hears of that. */
  public synchronized void afterNext(String keyPart, Fault fault, Runnable after) {
    scripts.add(new Script(key -> key.contains(keyPart), fault, after));
  }

  /** From now on a part of all writes has a random fault, and late ones land at random. */
  public synchronized void misbehave(Random source, double rate) {
    random = source;
    faultRate = rate;
  }

  /** Faults end here; what is to land late still may. */
  public synchronized void behave() {
    random = null;
    scripts.clear();
  }

  /** Lets every write that was to land late arrive now; most will find that they lost. */
  public void landLate() {
    List<Supplier<CompletableFuture<PutOutcome>>> all;
    synchronized (this) {
      all = List.copyOf(late);
      late.clear();
    }
    all.forEach(write -> write.get().join());
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    ByteBuffer copy = copy(body);
    return put(key, () -> super.putIfAbsent(key, copy));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    ByteBuffer copy = copy(body);
    return put(key, () -> super.putIfMatch(key, expected, copy));
  }

  private static ByteBuffer copy(ByteBuffer body) {
    return ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
  }

  private CompletableFuture<PutOutcome> put(
      String key, Supplier<CompletableFuture<PutOutcome>> write) {
    Supplier<CompletableFuture<PutOutcome>> landing = null;
    Fault fault;
    Runnable after;
    synchronized (this) {
      Script script = choose(key);
      fault = script.fault();
      after = script.after();
      if (fault == Fault.LANDS_LATE) {
        late.add(write);
      }
      Random source = random;
      if (source != null && !late.isEmpty() && source.nextInt(4) == 0) {
        landing = late.remove(source.nextInt(late.size()));
      }
    }
    if (landing != null) {
      landing.get().join();
    }
    return switch (fault) {
      case NONE -> write.get();
      case RESPONSE_LOST ->
          write
              .get()
              .thenApply(
                  o -> {
                    after.run();
                    return new PutOutcome.Unknown(new TimeoutException("no response"));
                  });
      case LANDS_LATE -> unknown(new TimeoutException("still under way"));
      case SERVER_ERROR -> unknown(new IllegalStateException("500"));
      case SERVER_ERROR_BUT_APPLIED ->
          write.get().thenApply(o -> new PutOutcome.Unknown(new IllegalStateException("500")));
      case CONFLICT_FOR_NOTHING ->
          CompletableFuture.completedFuture(new PutOutcome.Conflict("409"));
      case CONFLICT_WITH_ITSELF -> write.get().thenApply(o -> new PutOutcome.Conflict("412"));
    };
  }

  private static CompletableFuture<PutOutcome> unknown(Throwable cause) {
    return CompletableFuture.completedFuture(new PutOutcome.Unknown(cause));
  }

  private Script choose(String key) {
    for (Script script : scripts) {
      if (script.key().test(key)) {
        scripts.remove(script);
        return script;
      }
    }
    Random source = random;
    if (source == null || source.nextDouble() >= faultRate) {
      return UNHARMED;
    }
    return new Script(any -> true, REAL.get(source.nextInt(REAL.size())), () -> {});
  }
}
