package io.raftless.connect.sink;

/** What becomes of records without a value. */
public enum Tombstones {
  /** They are records without a value in the log, too. */
  WRITE,
  /** They are left out. */
  SKIP,
  /** They are bad records: reported, or the task fails. */
  FAIL
}
