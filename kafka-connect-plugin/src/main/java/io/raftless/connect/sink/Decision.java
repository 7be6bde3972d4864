package io.raftless.connect.sink;

/** Where a partition goes on, or why not. */
public sealed interface Decision {

  /**
   * Go on.
   *
   * @param offset in Kafka that is to be read next
   * @param position that belongs to it. If it is another one than the stored one, it is to be
   *     stored before anything else, so that what it says is not forgotten
   */
  record GoOn(long offset, StoredPosition position) implements Decision {}

  /**
   * Nothing is known: the consumer stays where it is, and the offset of the first record that it
   * has says where that is. Then {@link #at} is the decision.
   *
   * @param before what is known of the partition all the same, without an offset
   */
  record FollowConsumer(StoredPosition before) implements Decision {
    public GoOn at(long offset) {
      return new GoOn(offset, before.withNext(offset));
    }
  }

  /**
   * The task is to fail.
   *
   * @param message what happened and what to do
   */
  record Fail(String message) implements Decision {}
}
