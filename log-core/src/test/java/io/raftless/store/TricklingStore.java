package io.raftless.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** A store that hands out bodies while they arrive, as the one for S3 does, and on its threads. */
public final class TricklingStore extends ForwardingObjectStore {
  private final long seed;

  /** Arrives by this seed. */
  public TricklingStore(ObjectStore store, long seed) {
    super(store);
    this.seed = seed;
  }

  @Override
  public <T> CompletableFuture<Optional<T>> getRange(
      String key, long offset, int length, BodyReader<T> reader) {
    return getRange(key, offset, length)
        .thenApplyAsync(
            outcome ->
                outcome instanceof GetOutcome.Found found
                    ? Optional.of(arriving(found, reader))
                    : Optional.empty());
  }

  private <T> T arriving(GetOutcome.Found found, BodyReader<T> reader) {
    Trickle body = new Trickle(found.body(), new Random(seed));
    try {
      T made = reader.read(body, found.body().remaining());
      if (body.read() != -1) {
        throw new IllegalStateException("not all of a body was read");
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
