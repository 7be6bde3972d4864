package io.raftless.demo;

import io.raftless.demo.jvm.JvmReference;
import io.raftless.demo.verify.LogVerifier;
import io.raftless.demo.verify.ReadBack;
import io.raftless.demo.verify.VerifyingSink;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * The job that reads the log back: source → verifier. It does not restart: a record read twice
 * would look like one that is there twice.
 */
final class ReadJob {
  private ReadJob() {}

  static JobGraph graph(
      DemoSettings settings, Source<ReadBack, ?, ?> source, JvmReference<LogVerifier> verifier) {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, settings.parallelism());
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "log", ReadBack.TYPE)
        .sinkTo(new VerifyingSink(verifier))
        .setParallelism(1)
        .name("compare");
    StreamGraph graph = environment.getStreamGraph();
    graph.setJobName("read the log back");
    return graph.getJobGraph();
  }
}
