package io.raftless.flink.source;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;

/** One subtask of the source: all its splits are read by one fetcher thread. */
@SuppressWarnings("try") // Flink's base class declares close() so that it may be interrupted.
final class RaftlessSourceReader<T>
    extends SingleThreadMultiplexSourceReaderBase<
        FetchedRecord, T, RaftlessSplit, RaftlessSplitState> {

  RaftlessSourceReader(
      Supplier<SplitReader<FetchedRecord, RaftlessSplit>> splitReader,
      RaftlessDeserializer<T> deserializer,
      SourceReaderContext context) {
    super(
        splitReader, new DeserializingEmitter<>(deserializer), context.getConfiguration(), context);
  }

  @Override
  protected RaftlessSplitState initializedState(RaftlessSplit split) {
    return new RaftlessSplitState(split);
  }

  @Override
  protected RaftlessSplit toSplitType(String splitId, RaftlessSplitState state) {
    return state.remaining();
  }

  @Override
  protected void onSplitFinished(Map<String, RaftlessSplitState> finished) {
    // The enumerator hands out every split as soon as it has it: there is none to ask for.
  }
}
