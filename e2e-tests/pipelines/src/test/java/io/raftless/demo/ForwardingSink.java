package io.raftless.demo;

import io.raftless.demo.failure.FailingSink;
import io.raftless.demo.input.NumberedLine;
import java.io.IOException;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/** The demo's sink, to be spoilt by a subclass. */
class ForwardingSink<W, C>
    implements Sink<NumberedLine>, SupportsCommitter<C>, SupportsPreCommitTopology<W, C> {
  private static final long serialVersionUID = 1L;

  private final FailingSink<NumberedLine, ?, W, C> sink;

  ForwardingSink(FailingSink<NumberedLine, ?, W, C> sink) {
    this.sink = sink;
  }

  @Override
  @SuppressWarnings("unchecked") // A two-phase sink has two-phase writers.
  public CommittingSinkWriter<NumberedLine, W> createWriter(WriterInitContext context)
      throws IOException {
    SinkWriter<NumberedLine> writer = sink.createWriter(context);
    return (CommittingSinkWriter<NumberedLine, W>) writer;
  }

  @Override
  public Committer<C> createCommitter(CommitterInitContext context) throws IOException {
    return sink.createCommitter(context);
  }

  @Override
  public SimpleVersionedSerializer<C> getCommittableSerializer() {
    return sink.getCommittableSerializer();
  }

  @Override
  public DataStream<CommittableMessage<C>> addPreCommitTopology(
      DataStream<CommittableMessage<W>> committables) {
    return sink.addPreCommitTopology(committables);
  }

  @Override
  public SimpleVersionedSerializer<W> getWriteResultSerializer() {
    return sink.getWriteResultSerializer();
  }
}
