package io.raftless.demo;

import io.raftless.demo.input.KeyRule;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the Connect demo was asked to do; {@link ConnectDemoCommand} explains each option.
 *
 * @param input the file, or null for the earthquakes
 * @param keyRule how lines are keyed
 * @param partitions of the topics and of the log
 * @param kills of workers on the way
 * @param folder for the S3 server's objects, or null for memory
 */
record ConnectDemoSettings(
    @Nullable Path input, KeyRule keyRule, int partitions, int kills, @Nullable Path folder) {

  static final int MOST_PARTITIONS = 100;
  static final int MOST_KILLS = 20;
}
