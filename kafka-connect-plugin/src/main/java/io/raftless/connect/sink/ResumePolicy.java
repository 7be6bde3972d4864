package io.raftless.connect.sink;

/**
 * What {@link Resume} was told.
 *
 * @param onTopicRecreated if the topic is another one of the same name
 * @param onOffsetsLost if Kafka does not have any more what is to be read next
 * @param start where partitions start that have no stored position
 */
public record ResumePolicy(
    OnTrouble onTopicRecreated, OnTrouble onOffsetsLost, StartPosition start) {
  /** Fails on trouble, starts at the earliest record. */
  public static final ResumePolicy DEFAULTS =
      new ResumePolicy(OnTrouble.FAIL, OnTrouble.FAIL, StartPosition.EARLIEST);
}
