package io.raftless.sim.history;

import org.jspecify.annotations.Nullable;

/**
 * A recorded call as the search uses it: names are numbers, and what the answer claims is a role.
 *
 * @param recorded the call
 * @param role what has to be true, or what it changes
 * @param isOptional whether it may be left out: nobody knows whether it had an effect
 * @param notBefore it cannot be before anything that was answered earlier than this; -1 for reads
 *     of old states
 * @param batch number of an append's batch, else -1
 * @param count of the batch's records
 * @param writer number of the writer id, or -1
 * @param holder number of the holder, or -1
 * @param asked the number in the call: expected offset (-1 for none), first offset wanted,
 *     generation, target; of an append with a claim see {@code epoch}
 * @param told the number in the answer: base or end offset, start, generation, epoch
 * @param epoch of an append's claim, else -1
 * @param isLoose of a change of state: others were under way whose outcome is not certain, so that
 *     {@code log.json} may have been ahead of this partition
 * @param after operations that come before it although they overlap with it, by their places
 */
@SuppressWarnings("ArrayRecordComponent") // Never changed, and compared by identity.
record Operation(
    History.Recorded recorded,
    Role role,
    boolean isOptional,
    long notBefore,
    int batch,
    int count,
    int writer,
    int holder,
    long asked,
    long told,
    long epoch,
    boolean isLoose,
    int[] after) {

  /** What an operation claims or does. */
  enum Role {
    /** The batch is at {@code told}, and was put there by this one or before. */
    APPENDED,
    /** The batch may be put there by this one. */
    APPEND_MAYBE,
    /** The same, but only before the answer: it must be decided. */
    APPEND_EXPIRED,
    NOT_APPENDED_FENCED,
    NOT_APPENDED_WRITER_FENCED,
    NOT_APPENDED_UNKNOWN_WRITER,
    NOT_APPENDED_WRONG_OFFSET,
    /** The log reaches {@code told}, or ends there if it is a look at the end. */
    READ_RUN,
    READ_TO_END,
    READ_TRIMMED,
    READ_BEYOND_END,
    TAIL,
    START,
    FENCE,
    FENCE_MAYBE,
    FENCE_REFUSED,
    UNFENCE,
    UNFENCE_MAYBE,
    UNFENCE_REFUSED,
    ACQUIRE,
    ACQUIRE_MAYBE,
    ACQUIRE_REFUSED,
    TRIM,
    TRIM_MAYBE,
    TRIM_REFUSED
  }

  int id() {
    return recorded.id();
  }

  long answered() {
    return isOptional ? Long.MAX_VALUE : recorded.answered();
  }

  /** Of a read that got records or saw the end: the offset at which the answer begins. */
  long base() {
    Answer answer = recorded.answer();
    return answer instanceof Answer.Records records ? records.base() : asked;
  }

  /** Whether it is an append that may put its batch into the log. */
  boolean mayPlace() {
    return role == Role.APPENDED || role == Role.APPEND_MAYBE || role == Role.APPEND_EXPIRED;
  }

  boolean isRead() {
    return role == Role.READ_RUN
        || role == Role.READ_TO_END
        || role == Role.READ_TRIMMED
        || role == Role.READ_BEYOND_END;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return recorded.id();
  }

  @Override
  public String toString() {
    return recorded.toString();
  }
}
