package io.raftless.demo;

/**
 * What Flink says about a job that came to its end.
 *
 * @param restarts how often its tasks were started again
 * @param checkpoints how many completed
 */
record JobOutcome(int restarts, long checkpoints) {}
