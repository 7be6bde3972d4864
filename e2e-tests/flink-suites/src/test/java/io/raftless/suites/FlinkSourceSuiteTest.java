package io.raftless.suites;

import org.apache.flink.connector.testframe.environment.MiniClusterTestEnvironment;
import org.apache.flink.connector.testframe.external.ExternalContextFactory;
import org.apache.flink.connector.testframe.junit.annotations.TestContext;
import org.apache.flink.connector.testframe.junit.annotations.TestEnv;
import org.apache.flink.connector.testframe.junit.annotations.TestExternalSystem;
import org.apache.flink.connector.testframe.junit.annotations.TestSemantics;
import org.apache.flink.connector.testframe.testsuites.SourceTestSuiteBase;
import org.apache.flink.core.execution.CheckpointingMode;

/** What Flink expects of a source, bounded and unbounded. The annotated fields are read by it. */
final class FlinkSourceSuiteTest extends SourceTestSuiteBase<String> {
  @TestExternalSystem final EmbeddedStore store = new EmbeddedStore();

  @TestEnv final MiniClusterTestEnvironment cluster = new MiniClusterTestEnvironment();

  @TestSemantics
  final CheckpointingMode[] semantics = {
    CheckpointingMode.EXACTLY_ONCE, CheckpointingMode.AT_LEAST_ONCE
  };

  @TestContext
  final ExternalContextFactory<SourceContext> contexts = testName -> new SourceContext(store);
}
