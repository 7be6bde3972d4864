package io.raftless.connect.sink;

/**
 * What becomes of a record that a transformation gave another topic or partition than it came from.
 */
public enum OnRerouted {
  /** It is a bad record: reported, or the task fails. */
  REJECT,
  /** It is written all the same, where its original topic-partition belongs. */
  IGNORE
}
