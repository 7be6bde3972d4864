package io.raftless.flink.sink;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The exactly-once sink that compacts what it has committed.
 *
 * @param <T> type of the elements
 */
final class CompactingSink<T> extends TwoPhaseSink<T>
    implements SupportsPostCommitTopology<StagedObject> {
  private static final long serialVersionUID = 1L;

  private final SinkSettings<T> settings;

  CompactingSink(SinkSettings<T> settings) {
    super(settings);
    this.settings = settings;
  }

  /**
   * One more operator behind the committer. Since one committer commits everything, one of its
   * subtasks gets everything, and the others stay idle.
   */
  @Override
  public void addPostCommitTopology(DataStream<CommittableMessage<StagedObject>> committed) {
    committed.transform(
        "Compactor",
        Types.VOID,
        new CompactionOperator(settings.store(), settings.log(), settings.commitTimeout()));
  }
}
