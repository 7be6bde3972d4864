package io.raftless.demo.pace;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * A reader that has nothing available while the pacer says so. It never blocks: checkpoints must
 * get through while it waits, and some of what it waits for is checkpoints.
 */
@SuppressWarnings("try") // That close() throws anything is how Flink has it.
final class PacedReader<T, S extends SourceSplit> implements SourceReader<T, S> {
  private static final long RETRY_MILLIS = 5;

  private final SourceReader<T, S> reader;
  private final Pacer pacer;
  private final Executor afterAWhile =
      CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS);

  PacedReader(SourceReader<T, S> reader, Pacer pacer) {
    this.reader = reader;
    this.pacer = pacer;
  }

  @Override
  public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
    return pacer.mayEmit() ? reader.pollNext(output) : InputStatus.NOTHING_AVAILABLE;
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return pacer.mayEmit()
        ? reader.isAvailable()
        : CompletableFuture.runAsync(() -> {}, afterAWhile);
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public List<S> snapshotState(long checkpointId) {
    return reader.snapshotState(checkpointId);
  }

  @Override
  public void addSplits(List<S> splits) {
    reader.addSplits(splits);
  }

  @Override
  public void notifyNoMoreSplits() {
    reader.notifyNoMoreSplits();
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    reader.handleSourceEvents(event);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    reader.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    reader.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void close() throws Exception {
    reader.close();
  }
}
