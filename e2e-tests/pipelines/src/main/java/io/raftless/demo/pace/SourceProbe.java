package io.raftless.demo.pace;

import io.raftless.demo.input.NumberedLine;
import io.raftless.demo.jvm.JvmReference;
import java.util.Objects;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.jspecify.annotations.Nullable;

/**
 * Tells the pacer where the source is. It is chained to the source, so it sees every line before
 * the source is asked for the next, and its state says where a restored source begins.
 */
public final class SourceProbe extends RichMapFunction<NumberedLine, NumberedLine>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;

  private final JvmReference<Pacer> reference;
  private transient @Nullable Pacer pacer;
  private transient @Nullable ListState<Long> nextLineState;
  private long nextLine;

  public SourceProbe(JvmReference<Pacer> pacer) {
    this.reference = pacer;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    ListState<Long> state =
        context.getOperatorStateStore().getListState(new ListStateDescriptor<>("next", Types.LONG));
    for (long line : state.get()) {
      nextLine = line;
    }
    nextLineState = state;
    pacer = reference.get();
    pacer.begin(nextLine);
  }

  @Override
  public NumberedLine map(NumberedLine line) {
    nextLine = line.number + 1;
    Objects.requireNonNull(pacer).emitted(line.number);
    return line;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    ListState<Long> state = Objects.requireNonNull(nextLineState);
    state.clear();
    state.add(nextLine);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    int attempt = getRuntimeContext().getTaskInfo().getAttemptNumber();
    Objects.requireNonNull(pacer).checkpointCompleted(attempt);
  }
}
