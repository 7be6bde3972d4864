package io.raftless.suites;

import org.apache.flink.connector.testframe.environment.MiniClusterTestEnvironment;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestEnv;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;
import org.apache.flink.connector.testframe.junit.annotations.TestSemantics;
import org.apache.flink.connector.testframe.testsuites.SinkTestSuiteBase;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.collect.CollectResultIterator;

/** What Flink expects of a sink. The annotated fields are read by it. */
final class FlinkSinkSuiteTest extends SinkTestSuiteBase<String> {
  @TestExternalSystem final EmbeddedStore store = new EmbeddedStore();

  @TestEnv final MiniClusterTestEnvironment cluster = new CheckpointingCluster();

  @TestSemantics
  final CheckpointingMode[] semantics = {
    CheckpointingMode.EXACTLY_ONCE, CheckpointingMode.AT_LEAST_ONCE
  };

  @TestContext
  final ExternalContextFactory<SinkContext> contexts = testName -> new SinkContext(store);

  /**
   * The suite waits for what it collects before it takes the first savepoint. With checkpoints on,
   * it would get that at a checkpoint only; so it collects as if they were off.
   */
  @Override
  protected CollectResultIterator<String> addCollectSink(DataStream<String> stream) {
    StreamExecutionEnvironment environment = stream.getExecutionEnvironment();
    long intervalMillis = environment.getCheckpointConfig().getCheckpointInterval();
    environment.getCheckpointConfig().disableCheckpointing();
    try {
      return super.addCollectSink(stream);
    } finally {
      environment.enableCheckpointing(intervalMillis);
      if (intervalMillis == CheckpointingCluster.NOT_WITHIN_A_TEST.toMillis()) {
        // Without a pause, the first checkpoint comes as soon as all tasks run.
        environment.getCheckpointConfig().setMinPauseBetweenCheckpoints(intervalMillis);
      }
    }
  }
}
