package io.raftless.cursor;

/** What came of moving a cursor forward. */
public sealed interface MoveOutcome {

  /**
   * This very move moved it.
   *
   * @param cursor after the move, or as it is now
   */
  record Advanced(Cursor cursor) implements MoveOutcome {}

  /**
   * It is there or beyond already, by another move of the same generation.
   *
   * @param cursor as it is
   */
  record AlreadyProcessed(Cursor cursor) implements MoveOutcome {}

  /**
   * It was reset, or is not where the move begins.
   *
   * @param cursor as it is
   */
  record Mismatch(Cursor cursor) implements MoveOutcome {}

  /**
   * The response to an attempt got lost, and so many moves followed that nobody can tell any more
   * whether it was this one.
   *
   * @param cursor as it is
   */
  record CannotTell(Cursor cursor) implements MoveOutcome {}
}
