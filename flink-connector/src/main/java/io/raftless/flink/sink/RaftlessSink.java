package io.raftless.flink.sink;

import io.raftless.flink.lineage.LogLineage;
import io.raftless.log.LogId;
import io.raftless.store.StoreFactory;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;

/**
 * Writes a stream to a log, as {@link RaftlessSinkBuilder#setDeliveryGuarantee} says:
 *
 * <ul>
 *   <li>exactly once (the default): records become visible when the checkpoint that covers them has
 *       completed, each of them once, in the order of each writer subtask. It needs checkpointing
 *       unless the input is bounded. Writers upload WAL objects; one committer (subtask 0) makes
 *       them visible with one conditional write per partition and checkpoint. There are no
 *       transactions that could time out and nothing that blocks readers: a job may be down for as
 *       long as the log's vacuum retention and goes on exactly where it was; after a
 *       stop-with-savepoint, for any time;
 *   <li>at least once: records become visible as soon as they are uploaded, and each checkpoint
 *       waits for those before it. After a failure some are there twice;
 *   <li>without a guarantee: the same, but nothing waits, and what fails is lost.
 * </ul>
 *
 * <p>An exactly-once job that is restored from a savepoint after which this sink id committed more
 * would write that again; it is refused, see {@link RaftlessSinkBuilder#setOnRewind}. A job without
 * checkpoints that fails half way through the commit of its input goes on where it was if its
 * partitioning can be repeated, see {@link RaftlessPartitioner#isRepeatable}; otherwise it is
 * stopped.
 *
 * <p>Immutable. Each sink that is built is a submission of its own: see {@link
 * RaftlessSinkBuilder#setSinkId}.
 *
 * @param <T> type of the elements
 */
// Flink sees from the interfaces of a sink what it is to do for it: hence a class for each kind.
public abstract sealed class RaftlessSink<T> implements Sink<T>, LineageVertexProvider
    permits TwoPhaseSink, WriteThroughSink {
  private static final long serialVersionUID = 1L;

  RaftlessSink() {}

  /** Starts building a sink. */
  public static <T> RaftlessSinkBuilder<T> builder() {
    return new RaftlessSinkBuilder<>();
  }

  abstract StoreFactory store();

  abstract LogId log();

  abstract DeliveryGuarantee guarantee();

  /** The log, for data catalogues. */
  @Override
  public final LineageVertex getLineageVertex() {
    return LogLineage.sink(store(), log(), Map.of("delivery-guarantee", guarantee().toString()));
  }
}
