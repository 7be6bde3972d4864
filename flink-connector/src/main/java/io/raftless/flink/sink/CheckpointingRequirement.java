package io.raftless.flink.sink;

import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.transformations.WithBoundedness;

/**
 * Without checkpoints Flink calls the committer at the end of the input only. On unbounded input
 * that is never: the job would upload for ever and no record would become visible.
 */
final class CheckpointingRequirement {
  private CheckpointingRequirement() {}

  static void check(SinkSettings<?> settings, DataStream<?> input) {
    boolean checkpointing =
        input.getExecutionEnvironment().getCheckpointConfig().isCheckpointingEnabled();
    if (!checkpointing && isUnbounded(input.getTransformation())) {
      throw new IllegalStateException(
          "the sink '"
              + settings.sinkId()
              + "' to log "
              + settings.log()
              + " commits at checkpoints, but checkpointing is off and the input is unbounded, so"
              + " it would never commit anything: set execution.checkpointing.interval, or call"
              + " StreamExecutionEnvironment.enableCheckpointing(long)");
    }
  }

  private static boolean isUnbounded(Transformation<?> transformation) {
    return transformation.getTransitivePredecessors().stream()
        .anyMatch(
            predecessor ->
                predecessor instanceof WithBoundedness source
                    && source.getBoundedness() == Boundedness.CONTINUOUS_UNBOUNDED);
  }
}
