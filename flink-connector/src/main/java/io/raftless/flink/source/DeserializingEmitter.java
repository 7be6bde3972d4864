package io.raftless.flink.source;

import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.util.Collector;

/** Makes elements of records and remembers how far it came. */
final class DeserializingEmitter<T>
    implements RecordEmitter<RaftlessRecord, T, RaftlessSplitState> {
  private final RaftlessDeserializer<T> deserializer;

  DeserializingEmitter(RaftlessDeserializer<T> deserializer) {
    this.deserializer = deserializer;
  }

  @Override
  public void emitRecord(
      RaftlessRecord fetched, SourceOutput<T> output, RaftlessSplitState splitState)
      throws Exception {
    long timestamp = fetched.record().timestamp();
    deserializer.deserialize(
        fetched,
        new Collector<T>() {
          @Override
          public void collect(T element) {
            output.collect(element, timestamp);
          }

          @Override
          public void close() {
            // Nothing to close: the output belongs to Flink.
          }
        });
    splitState.emittedUpTo(fetched.offset() + 1);
  }
}
