package io.raftless.flink.sink;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Writes a stream to a log, exactly once.
 *
 * @param <T> type of the elements
 */
public final class RaftlessSink<T> implements Sink<T> {
  private static final long serialVersionUID = 1L;

  private final SinkSettings<T> settings;

  RaftlessSink(SinkSettings<T> settings) {
    this.settings = settings;
  }

  /** Starts building a sink. */
  public static <T> RaftlessSinkBuilder<T> builder() {
    return new RaftlessSinkBuilder<>();
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    throw new UnsupportedOperationException("not written yet: " + settings);
  }
}
