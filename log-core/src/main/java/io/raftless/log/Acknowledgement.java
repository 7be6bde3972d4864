package io.raftless.log;

/** What came of moving a cursor forward. */
public sealed interface Acknowledgement {

  /** The cursor as it is then. */
  GroupPosition position();

  /**
   * This call moved the cursor.
   *
   * @param position the cursor as it is then
   */
  record Advanced(GroupPosition position) implements Acknowledgement {}

  /**
   * The cursor is there or beyond already, in the same generation: another consumer was faster.
   *
   * @param position the cursor as it is then
   */
  record AlreadyProcessed(GroupPosition position) implements Acknowledgement {}

  /**
   * Nothing was moved: the cursor was reset or deleted since the records were read (its generation
   * is another one), it has no position, or it is not where the acknowledged records begin. Go on
   * from where it is.
   *
   * @param position the cursor as it is then
   */
  record Mismatch(GroupPosition position) implements Acknowledgement {}
}
