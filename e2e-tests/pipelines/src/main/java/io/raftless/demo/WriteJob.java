package io.raftless.demo;

import io.raftless.demo.failure.DyingOperator;
import io.raftless.demo.failure.FailurePlan;
import io.raftless.demo.input.LineFormat;
import io.raftless.demo.input.NumberedLine;
import io.raftless.demo.jvm.JvmReference;
import io.raftless.demo.pace.PacedSource;
import io.raftless.demo.pace.Pacer;
import io.raftless.demo.pace.SourceProbe;
import io.raftless.demo.verify.ReadBackDeserializer;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.enumerate.NonSplittingRecursiveEnumerator;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.jspecify.annotations.Nullable;

/**
 * The job that writes: file → number the lines → key → an operator that may die → sink, whose
 * committer may die. It restarts as often as failures are planned and not once more, so that a
 * failure that nobody planned fails the job.
 */
final class WriteJob {
  private static final Duration RESTART_DELAY = Duration.ofMillis(100);

  private WriteJob() {}

  static JobGraph graph(
      DemoSettings settings,
      Path input,
      Path checkpoints,
      JvmReference<FailurePlan> plan,
      JvmReference<Pacer> pacer,
      Sink<NumberedLine> sink) {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration(settings, checkpoints));
    environment
        .fromSource(
            new PacedSource<>(file(settings, input), NumberedLine.TYPE, pacer),
            WatermarkStrategy.noWatermarks(),
            "file")
        .setParallelism(1)
        .map(new SourceProbe(pacer))
        .setParallelism(1)
        .returns(NumberedLine.TYPE)
        .keyBy(line -> new String(line.key, StandardCharsets.ISO_8859_1), Types.STRING)
        .map(new DyingOperator<>(plan))
        .returns(NumberedLine.TYPE)
        .sinkTo(sink)
        .name("log");
    StreamGraph graph = environment.getStreamGraph();
    graph.setJobName("write the log");
    return graph.getJobGraph();
  }

  private static Configuration configuration(DemoSettings settings, Path checkpoints) {
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, settings.checkpointInterval());
    configuration.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, settings.failures());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, RESTART_DELAY);
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, settings.parallelism());
    return configuration;
  }

  private static FileSource<NumberedLine> file(DemoSettings settings, Path input) {
    return FileSource.forRecordStreamFormat(
            new LineFormat(settings.keyRule()),
            org.apache.flink.core.fs.Path.fromLocalFile(input.toFile()))
        // Flink's own filter passes over files whose names begin with a dot or an underscore.
        .setFileEnumerator(() -> new NonSplittingRecursiveEnumerator(path -> true))
        .build();
  }

  /** What a line becomes in the log. */
  static LogRecord record(NumberedLine line, @Nullable Long timestamp) {
    byte[] number = Long.toString(line.number).getBytes(StandardCharsets.UTF_8);
    return new LogRecord(
        line.key,
        line.bytes,
        List.of(new RecordHeader(ReadBackDeserializer.LINE_HEADER, number)),
        timestamp == null ? System.currentTimeMillis() : timestamp);
  }
}
