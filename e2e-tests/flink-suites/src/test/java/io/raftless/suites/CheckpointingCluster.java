package io.raftless.suites;

import java.time.Duration;
import org.apache.flink.connector.testframe.environment.MiniClusterTestEnvironment;
import org.apache.flink.connector.testframe.environment.TestEnvironmentSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A cluster on which checkpoints are on, for the jobs of the sink's suite that do not say. Their
 * input is unbounded: without checkpoints the sink refuses them, because it would commit nothing
 * for as long as they run. They are stopped with a savepoint, and no checkpoint may come before
 * that, because the suite's source takes the first one as the sign to go on.
 */
final class CheckpointingCluster extends MiniClusterTestEnvironment {
  static final Duration NOT_WITHIN_A_TEST = Duration.ofDays(30);

  @Override
  public StreamExecutionEnvironment createExecutionEnvironment(TestEnvironmentSettings settings) {
    StreamExecutionEnvironment environment = super.createExecutionEnvironment(settings);
    environment.enableCheckpointing(NOT_WITHIN_A_TEST.toMillis());
    return environment;
  }
}
