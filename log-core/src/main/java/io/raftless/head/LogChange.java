package io.raftless.head;

/** What came of a change of {@code log.json}. */
public sealed interface LogChange {

  /**
   * Done, now or before.
   *
   * @param log with the change, and with whatever came after it
   */
  record Done(LogDescriptor log) implements LogChange {}

  /**
   * Somebody else changed in between what this was to change.
   *
   * @param log as it is now
   */
  record Overtaken(LogDescriptor log) implements LogChange {}

  /**
   * The log is deleted.
   *
   * @param log as it is now
   */
  record Deleted(LogDescriptor log) implements LogChange {}

  /**
   * The log was deleted and created again.
   *
   * @param log the new one
   */
  record OtherIncarnation(LogDescriptor log) implements LogChange {}

  /**
   * An attempt was made of which nobody knows what became, and so many changes followed that
   * nothing is left to see of it.
   *
   * @param log as it is now
   */
  record Untold(LogDescriptor log) implements LogChange {}
}
