package io.raftless.flink.sink.failure;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.jspecify.annotations.Nullable;

/**
 * In the task of each writer: stamps every element with the attempt that handed it through, and
 * lets the script see checkpoints.
 */
final class ScriptedMap extends RichMapFunction<String, String>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;

  private final String script;
  private final String job;
  private transient @Nullable Actor actor;

  ScriptedMap(Script script, String job) {
    this.script = script.name();
    this.job = job;
  }

  /** The name of the map before a writer. */
  static String actor(int subtask) {
    return "map-" + subtask;
  }

  @Override
  public void open(OpenContext context) {
    actor =
        Script.named(script)
            .enter(actor(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask()));
  }

  private Actor actor() {
    return Objects.requireNonNull(actor, "not open");
  }

  @Override
  public String map(String element) {
    Script.named(script).handThrough(job, Scenario.index(element));
    return element + "@" + job + "." + actor().generation();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) {
    // It has no state: it wants to be called at snapshots.
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws IOException {
    reach(Action.SNAPSHOT);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws IOException {
    reach(Action.CHECKPOINT_COMPLETE);
  }

  private void reach(Action action) throws IOException {
    Failure failure =
        Script.named(script).reach(actor(), Place.of(action, actor().name())).orElse(null);
    if (failure != null) {
      throw new InjectedFailure(failure.toString());
    }
  }
}
