package io.raftless.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a read found. Failing to read at all is an exception, not an outcome. */
public sealed interface GetOutcome {

  /**
   * The object, or the part of it that was asked for.
   *
   * @param etag the ETag of the very body that was returned
   * @param body position 0 to limit, shorter than asked for if the object ends earlier; not to be
   *     changed, whether or not it is read-only: others may have the same
   * @param storeDate the store's own clock when it answered, if it said
   */
  record Found(ETag etag, ByteBuffer body, @Nullable Instant storeDate) implements GetOutcome {}

  /** The object still has the ETag that the caller knows. */
  record NotModified() implements GetOutcome {}

  /** There is no such object. */
  record Missing() implements GetOutcome {}
}
