package io.raftless.connect.sink;

/** What to do if a topic is not what it was. */
public enum OnTrouble {
  /** The task fails, and says what can be done. */
  FAIL,
  /** The task goes on; a marker in the stored position says so. */
  CONTINUE
}
