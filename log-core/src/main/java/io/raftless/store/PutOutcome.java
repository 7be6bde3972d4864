package io.raftless.store;

/**
 * What became of a conditional write. There are three outcomes, not two (design §4): a response
 * that got lost says nothing about the write, and calling that a failure is how logs lose or double
 * records.
 */
public sealed interface PutOutcome {

  /** The write is durable and {@code etag} names the new body. */
  record Stored(ETag etag) implements PutOutcome {}

  /**
   * The store says that this attempt did not take effect: its precondition did not hold (412, or
   * 404 for an If-Match on an absent key), or another operation was in the way (409). Callers must
   * not rely on it alone: what is between us and the store may have repeated the request and be
   * answering its second copy. So they look, as after {@link Unknown}.
   *
   * @param reason for people
   */
  record Conflict(String reason) implements PutOutcome {}

  /**
   * The write may have happened, may not have, or may still happen later: time-out, lost
   * connection, 5xx. Only a read can tell, and only once it shows another ETag (or any object, for
   * a create) is it certain that the attempt can no longer land.
   *
   * @param cause why nobody knows
   */
  record Unknown(Throwable cause) implements PutOutcome {}
}
