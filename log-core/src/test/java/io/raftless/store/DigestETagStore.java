package io.raftless.store;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A store whose ETags are digests of the bodies, as S3's are: equal bodies repeat them. */
public final class DigestETagStore extends ForwardingObjectStore {
  public DigestETagStore(ObjectStore store) {
    super(store);
  }

  private static ETag digest(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return new ETag(UUID.nameUUIDFromBytes(bytes).toString());
  }

  private static GetOutcome named(GetOutcome outcome) {
    return outcome instanceof GetOutcome.Found found
        ? new GetOutcome.Found(digest(found.body()), found.body(), found.storeDate())
        : outcome;
  }

  private static PutOutcome named(PutOutcome outcome, ByteBuffer body) {
    return outcome instanceof PutOutcome.Stored ? new PutOutcome.Stored(digest(body)) : outcome;
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return super.get(key).thenApply(DigestETagStore::named);
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return get(key)
        .thenApply(
            outcome ->
                outcome instanceof GetOutcome.Found found && found.etag().equals(known)
                    ? new GetOutcome.NotModified()
                    : outcome);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return super.putIfAbsent(key, body).thenApply(outcome -> named(outcome, body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return super.get(key)
        .thenCompose(
            there ->
                there instanceof GetOutcome.Found found && digest(found.body()).equals(expected)
                    ? super.putIfMatch(key, found.etag(), body)
                    : CompletableFuture.completedFuture(new PutOutcome.Conflict("another body")))
        .thenApply(outcome -> named(outcome, body));
  }
}
