package io.raftless.demo;

import io.raftless.demo.input.KeyRule;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the demo was asked to do; {@link DemoCommand} explains each option.
 *
 * @param input the file, or null for the earthquakes
 * @param keyRule how lines are keyed
 * @param partitions of the log
 * @param failures that strike while the log is written
 * @param parallelism of both jobs
 * @param checkpointInterval of the writing job
 * @param folder for the S3 server's objects, or null for memory
 */
record DemoSettings(
    @Nullable Path input,
    KeyRule keyRule,
    int partitions,
    int failures,
    int parallelism,
    Duration checkpointInterval,
    @Nullable Path folder) {

  static final int MOST_PARTITIONS = 1_000;
  static final int MOST_FAILURES = 1_000;
  static final int MOST_PARALLELISM = 32;
  static final int LEAST_CHECKPOINT_INTERVAL_MILLIS = 50;
  static final int MOST_CHECKPOINT_INTERVAL_MILLIS = 60_000;
}
