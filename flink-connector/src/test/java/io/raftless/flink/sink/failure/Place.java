package io.raftless.flink.sink.failure;

/**
 * Where something happens.
 *
 * @param action what
 * @param actor who: {@code committer}, or a writer such as {@code writer-0}
 * @param partition whose head; -1 for what is of no partition
 */
record Place(Action action, String actor, int partition) {
  static final String COMMITTER = "committer";

  static Place of(Action action, String actor) {
    return new Place(action, actor, -1);
  }

  static Place ofHead(Action action, String actor, int partition) {
    return new Place(action, actor, partition);
  }

  static String writer(int subtask) {
    return "writer-" + subtask;
  }

  @Override
  public String toString() {
    return action + (partition < 0 ? "" : " of partition " + partition) + " by " + actor;
  }
}
