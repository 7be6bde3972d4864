package io.raftless.head;

/** What is known of a label by looking into the index below the head. */
public sealed interface LabelFact {

  /**
   * It is in the log. True for good.
   *
   * @param baseOffset of its batch
   */
  record Found(long baseOffset) implements LabelFact {}

  /**
   * It is not in the log below an offset. True for good, since batches are added at the end only.
   *
   * @param offset the bound, exclusive
   */
  record AbsentUpTo(long offset) implements LabelFact {}
}
