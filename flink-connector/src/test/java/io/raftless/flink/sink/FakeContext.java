package io.raftless.flink.sink;

import org.apache.flink.api.connector.sink2.SinkWriter;

/** Elements without a timestamp. */
final class FakeContext implements SinkWriter.Context {
  static final SinkWriter.Context WITHOUT_TIMESTAMP = new FakeContext();

  @Override
  public long currentWatermark() {
    return Long.MIN_VALUE;
  }

  @Override
  @SuppressWarnings("NullAway") // Flink's contract: null without a timestamp.
  public Long timestamp() {
    return null;
  }
}
