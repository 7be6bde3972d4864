package io.raftless.flink.table;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/** A reader that ends once it has emitted so many rows, perhaps a few more. */
@SuppressWarnings("try") // Flink declares close() so that it may be interrupted.
final class LimitedReader<T, S extends SourceSplit> implements SourceReader<T, S> {
  private final SourceReader<T, S> reader;
  private final long limit;

  /** Counts; made with the first output, of which there is one for each reader. */
  private @Nullable CountingOutput<T> counting;

  LimitedReader(SourceReader<T, S> reader, long limit) {
    this.reader = reader;
    this.limit = limit;
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
    CountingOutput<T> counted = counting;
    if (counted == null || counted.output != output) {
      counted = new CountingOutput<>(output, counted == null ? 0 : counted.emitted);
      counting = counted;
    }
    if (counted.emitted >= limit) {
      return InputStatus.END_OF_INPUT;
    }
    InputStatus status = reader.pollNext(counted);
    return counted.emitted >= limit ? InputStatus.END_OF_INPUT : status;
  }

  @Override
  public List<S> snapshotState(long checkpointId) {
    return reader.snapshotState(checkpointId);
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return reader.isAvailable();
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
  public void pauseOrResumeSplits(
      Collection<String> splitsToPause, Collection<String> splitsToResume) {
    reader.pauseOrResumeSplits(splitsToPause, splitsToResume);
  }

  @Override
  public void close() throws Exception {
    reader.close();
  }

  /** Counts what goes through it and through the outputs of its splits. */
  private static final class CountingOutput<T> implements ReaderOutput<T> {
    private final ReaderOutput<T> output;
    private long emitted;

    CountingOutput(ReaderOutput<T> output, long emitted) {
      this.output = output;
      this.emitted = emitted;
    }

    @Override
    public void collect(T row) {
      emitted++;
      output.collect(row);
    }

    @Override
    public void collect(T row, long timestamp) {
      emitted++;
      output.collect(row, timestamp);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      output.emitWatermark(watermark);
    }

    @Override
    public void markIdle() {
      output.markIdle();
    }

    @Override
    public void markActive() {
      output.markActive();
    }

    @Override
    public SourceOutput<T> createOutputForSplit(String splitId) {
      SourceOutput<T> ofSplit = output.createOutputForSplit(splitId);
      return new SourceOutput<>() {
        @Override
        public void collect(T row) {
          emitted++;
          ofSplit.collect(row);
        }

        @Override
        public void collect(T row, long timestamp) {
          emitted++;
          ofSplit.collect(row, timestamp);
        }

        @Override
        public void emitWatermark(Watermark watermark) {
          ofSplit.emitWatermark(watermark);
        }

        @Override
        public void markIdle() {
          ofSplit.markIdle();
        }

        @Override
        public void markActive() {
          ofSplit.markActive();
        }
      };
    }

    @Override
    public void releaseOutputForSplit(String splitId) {
      output.releaseOutputForSplit(splitId);
    }
  }
}
