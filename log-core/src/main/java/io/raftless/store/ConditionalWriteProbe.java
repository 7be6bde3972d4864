package io.raftless.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Finds out at start-up whether a store honours the conditions of writes. Emulators and stores that
 * ignore them exist; on such a store two writers would overwrite each other's records without
 * anybody noticing, so that it is refused before anything is written to it.
 *
 * <p>The probe writes under a fresh key and removes what it wrote. It runs one request after the
 * other: it finds stores that ignore conditions, not those that honour them only most of the time.
 */
public final class ConditionalWriteProbe {
  private static final int ATTEMPTS = 3;
  private static final String FOLDER = ".raftless-probe/";

  private final ObjectStore store;
  private final String prefix;
  private final Supplier<UUID> ids;

  /**
   * Prepares a probe that has not yet asked for anything.
   *
   * @param prefix of the keys that we may write; the probe adds {@code .raftless-probe/…} to it
   */
  public ConditionalWriteProbe(ObjectStore store, String prefix) {
    this(store, prefix, UUID::randomUUID);
  }

  ConditionalWriteProbe(ObjectStore store, String prefix, Supplier<UUID> ids) {
    this.store = store;
    this.prefix = prefix;
    this.ids = ids;
  }

  /** What a store must do, in the order in which it is asked. */
  public enum Check {
    /** The first write with If-None-Match of a fresh key is stored. */
    CREATE("a fresh key could not be created with If-None-Match: *"),
    /** The second one of the same key is not. */
    CREATE_ONCE("two creates of one key (If-None-Match: *) both won"),
    /** A write with the current ETag is stored. */
    REPLACE("a write with the current ETag (If-Match) was refused"),
    /** A write with an earlier ETag is not. */
    REPLACE_STALE("a write with a stale ETag (If-Match) was stored"),
    /** A write with an ETag is not stored if the key is absent. */
    REPLACE_ABSENT("a write with an ETag (If-Match) created an absent key"),
    /** A read shows the last body that was stored, with its ETag. */
    READ_BACK("a read did not show the last body and ETag that were stored"),
    /** A read with the current ETag says that nothing changed. */
    NOT_MODIFIED("a read with the current ETag (If-None-Match) sent the object all the same");

    private final String violation;

    Check(String violation) {
      this.violation = violation;
    }
  }

  /** What the probe found. */
  public sealed interface Verdict {

    /** The store honours conditions. */
    record Safe() implements Verdict {}

    /**
     * The store does not.
     *
     * @param check the first one that failed
     * @param observed what the store did instead, for people
     */
    record Unsafe(Check check, String observed) implements Verdict {

      /** The refusal that says what failed, why it matters, and what to do. */
      public StoreException toException(Object store) {
        return StoreException.unsafe(
            "%s is not safe to use: %s (%s: %s). Writers coordinate through conditional writes and"
                    .formatted(store, check.violation, check, observed)
                + " nothing else: on this store they would overwrite each other's records. Use one"
                + " that honours If-Match and If-None-Match on PUT, such as Amazon S3; LocalS3 2.4"
                + " and s3rver 3.7.1 ignore them, S3Mock and a plain S3Proxy honour them only most"
                + " of the time"
                + (check == Check.REPLACE || check == Check.NOT_MODIFIED
                    ? ". If this store wants its ETags without quotes, say so: ETag style BARE"
                    : ""));
      }
    }
  }

  /**
   * Probes the store and returns if it is safe.
   *
   * @throws StoreException as {@link #verdict()}, and not transient if the store is unsafe
   */
  public void requireSafe() {
    if (verdict() instanceof Verdict.Unsafe unsafe) {
      throw unsafe.toException(store);
    }
  }

  /**
   * Probes the store.
   *
   * @throws StoreException if the store refuses us, or (transient) if the outcome of a write stayed
   *     unknown in every one of a few attempts
   */
  public Verdict verdict() {
    for (int attempt = 1; ; attempt++) {
      // A fresh key each time: under the one before, a write may still land.
      String key = prefix + FOLDER + ids.get();
      Verdict verdict;
      try {
        verdict = check(key);
      } catch (UnknownOutcomeException e) {
        // Nobody waits for this one: the store may be out of reach.
        var unused = cleanUp(key);
        if (attempt == ATTEMPTS) {
          throw StoreException.unavailable(
              "cannot find out now whether "
                  + store
                  + " is safe to use: it left the outcome of a conditional write unknown "
                  + ATTEMPTS
                  + " times, at last because of: "
                  + e.reason,
              e.reason);
        }
        continue;
      }
      cleanUp(key).join();
      return verdict;
    }
  }

  private Verdict check(String key) {
    PutOutcome create = put(store.putIfAbsent(key, body("created")));
    if (!(create instanceof PutOutcome.Stored first)) {
      return new Verdict.Unsafe(Check.CREATE, create.toString());
    }
    PutOutcome createAgain = put(store.putIfAbsent(key, body("created again")));
    if (createAgain instanceof PutOutcome.Stored) {
      return new Verdict.Unsafe(Check.CREATE_ONCE, createAgain.toString());
    }
    PutOutcome replace = put(store.putIfMatch(key, first.etag(), body("replaced")));
    if (!(replace instanceof PutOutcome.Stored second)) {
      return new Verdict.Unsafe(Check.REPLACE, replace.toString());
    }
    PutOutcome replaceStale = put(store.putIfMatch(key, first.etag(), body("replaced stale")));
    if (replaceStale instanceof PutOutcome.Stored) {
      return new Verdict.Unsafe(Check.REPLACE_STALE, replaceStale.toString());
    }
    PutOutcome replaceAbsent = put(store.putIfMatch(absent(key), second.etag(), body("absent")));
    if (replaceAbsent instanceof PutOutcome.Stored) {
      return new Verdict.Unsafe(Check.REPLACE_ABSENT, replaceAbsent.toString());
    }
    GetOutcome read = await(store.get(key));
    if (!(read instanceof GetOutcome.Found found)
        || !found.etag().equals(second.etag())
        || !found.body().equals(body("replaced"))) {
      return new Verdict.Unsafe(Check.READ_BACK, read + " instead of ETag " + second.etag());
    }
    GetOutcome readAgain = await(store.getIfChanged(key, second.etag()));
    if (!(readAgain instanceof GetOutcome.NotModified)) {
      return new Verdict.Unsafe(Check.NOT_MODIFIED, readAgain.toString());
    }
    return new Verdict.Safe();
  }

  private static PutOutcome put(CompletableFuture<PutOutcome> future) {
    PutOutcome outcome = await(future);
    if (outcome instanceof PutOutcome.Unknown unknown) {
      throw new UnknownOutcomeException(unknown.cause());
    }
    return outcome;
  }

  /** Does not fail: the verdict does not depend on it. */
  private CompletableFuture<Void> cleanUp(String key) {
    return CompletableFuture.allOf(store.delete(key), store.delete(absent(key)))
        .exceptionally(failure -> null);
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException refused) {
        throw refused;
      }
      throw e;
    }
  }

  private static String absent(String key) {
    return key + "-absent";
  }

  /** The bodies differ, so that the ETags do, also where an ETag is a hash of the body. */
  private static ByteBuffer body(String content) {
    return StandardCharsets.UTF_8.encode(content);
  }

  private static final class UnknownOutcomeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Throwable reason;

    UnknownOutcomeException(Throwable reason) {
      super(reason);
      this.reason = reason;
    }
  }
}
