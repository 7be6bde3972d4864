package io.raftless.flink.sink;

import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.WithBoundedness;

/**
 * Refuses jobs in which the sink could not keep its promise, when their topology is built.
 *
 * <ul>
 *   <li>Without checkpoints Flink calls the committer at the end of the input only. On unbounded
 *       input that is never: the job would upload for ever and no record would become visible.
 *   <li>With barriers that are not aligned, records from behind a barrier are staged before it, and
 *       staged again when they are replayed.
 *   <li>Without a checkpoint after the tasks have finished, nothing commits what was staged since
 *       the last one.
 * </ul>
 */
final class CheckpointingRequirement {
  private CheckpointingRequirement() {}

  static void check(SinkSettings<?> settings, DataStream<?> input) {
    StreamExecutionEnvironment environment = input.getExecutionEnvironment();
    boolean isUnbounded = isUnbounded(input.getTransformation());
    if (!environment.getCheckpointConfig().isCheckpointingEnabled()) {
      if (isUnbounded) {
        throw refusal(
            settings,
            "checkpointing is off and the input is unbounded, so it would never commit anything:"
                + " set execution.checkpointing.interval, or call"
                + " StreamExecutionEnvironment.enableCheckpointing(long)");
      }
      return;
    }
    ReadableConfig configuration = environment.getConfiguration();
    if (!isStreaming(configuration, isUnbounded)) {
      return;
    }
    CheckpointingMode mode = environment.getCheckpointConfig().getCheckpointingConsistencyMode();
    if (mode != CheckpointingMode.EXACTLY_ONCE) {
      throw refusal(
          settings,
          "execution.checkpointing.mode is "
              + mode
              + ", with which records are written twice after a failure: set it to EXACTLY_ONCE");
    }
    if (!configuration.get(CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH)) {
      throw refusal(
          settings,
          "execution.checkpointing.checkpoints-after-tasks-finish is false, so what is written"
              + " after the last checkpoint would be lost when the input ends: set it to true");
    }
  }

  /**
   * Whether a job makes no checkpoints, so that everything is committed at the end of its input.
   */
  static boolean isWholeInput(DataStream<?> input) {
    // In batch execution Flink has switched them off by now.
    StreamExecutionEnvironment environment = input.getExecutionEnvironment();
    return !environment.getCheckpointConfig().isCheckpointingEnabled()
        || environment.getConfiguration().get(ExecutionOptions.RUNTIME_MODE)
            == RuntimeExecutionMode.BATCH;
  }

  private static boolean isStreaming(ReadableConfig configuration, boolean isUnbounded) {
    return switch (configuration.get(ExecutionOptions.RUNTIME_MODE)) {
      case STREAMING -> true;
      case BATCH -> false;
      case AUTOMATIC -> isUnbounded;
    };
  }

  private static IllegalStateException refusal(SinkSettings<?> settings, String why) {
    return new IllegalStateException(
        "the sink '"
            + settings.sinkId()
            + "' to log "
            + settings.log()
            + " commits at checkpoints, but "
            + why);
  }

  static boolean isUnbounded(Transformation<?> transformation) {
    return transformation.getTransitivePredecessors().stream()
        .anyMatch(
            predecessor ->
                predecessor instanceof WithBoundedness source
                    && source.getBoundedness() == Boundedness.CONTINUOUS_UNBOUNDED);
  }
}
