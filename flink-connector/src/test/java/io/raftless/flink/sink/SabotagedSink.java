package io.raftless.flink.sink;

import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Our sink with a test between Flink and its committer. */
final class SabotagedSink
    implements Sink<String>,
        SupportsWriterState<String, History>,
        SupportsCommitter<StagedObject>,
        SupportsPreCommitTopology<StagedObject, StagedObject> {
  private static final long serialVersionUID = 1L;
  private static final Map<String, Saboteur> SABOTEURS = new ConcurrentHashMap<>();

  /** Is asked in the committer's thread; what it throws is the committer's failure. */
  interface Saboteur {
    default void beforeCommit() throws IOException {}

    default void commits(int subtask) {}

    default void afterCommit() throws IOException {}

    default void onFailure() {}
  }

  private final TwoPhaseSink<String> sink;
  private final String name = UUID.randomUUID().toString();

  SabotagedSink(RaftlessSink<String> sink, Saboteur saboteur) {
    this.sink = (TwoPhaseSink<String>) sink;
    SABOTEURS.put(name, saboteur);
  }

  @Override
  public StatefulSinkWriter<String, History> createWriter(WriterInitContext context)
      throws IOException {
    return sink.createWriter(context);
  }

  @Override
  public StatefulSinkWriter<String, History> restoreWriter(
      WriterInitContext context, Collection<History> recoveredState) throws IOException {
    return sink.restoreWriter(context, recoveredState);
  }

  @Override
  public SimpleVersionedSerializer<History> getWriterStateSerializer() {
    return sink.getWriterStateSerializer();
  }

  @Override
  public DataStream<CommittableMessage<StagedObject>> addPreCommitTopology(
      DataStream<CommittableMessage<StagedObject>> committables) {
    return sink.addPreCommitTopology(committables);
  }

  @Override
  public Committer<StagedObject> createCommitter(CommitterInitContext context) throws IOException {
    Saboteur saboteur = SABOTEURS.get(name);
    if (saboteur == null) {
      throw new IllegalStateException("no saboteur " + name);
    }
    return new SabotagedCommitter(
        sink.createCommitter(context), context.getTaskInfo().getIndexOfThisSubtask(), saboteur);
  }

  @Override
  public SimpleVersionedSerializer<StagedObject> getCommittableSerializer() {
    return sink.getCommittableSerializer();
  }

  @Override
  public SimpleVersionedSerializer<StagedObject> getWriteResultSerializer() {
    return sink.getWriteResultSerializer();
  }

  @SuppressWarnings("try") // Flink declares close() so that it may be interrupted.
  private record SabotagedCommitter(
      Committer<StagedObject> committer, int subtask, Saboteur saboteur)
      implements Committer<StagedObject> {

    @Override
    public void commit(Collection<CommitRequest<StagedObject>> requests)
        throws IOException, InterruptedException {
      saboteur.commits(subtask);
      saboteur.beforeCommit();
      try {
        committer.commit(requests);
      } catch (IOException e) {
        saboteur.onFailure();
        throw e;
      }
      saboteur.afterCommit();
    }

    @Override
    public void close() throws Exception {
      committer.close();
    }
  }
}
