package io.raftless.flink.sink.failure;

/**
 * One thing that goes wrong.
 *
 * @param place where
 * @param generation of the actor: 0 is the first attempt of its task, each restart opens the next
 * @param occurrence which time of this generation the place is reached, from 1
 * @param effect what happens there
 */
record Failure(Place place, int generation, int occurrence, Effect effect) {

  @Override
  public String toString() {
    return effect + " at " + place + ", time " + occurrence + " of generation " + generation;
  }
}
