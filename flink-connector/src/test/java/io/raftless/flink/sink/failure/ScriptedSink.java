package io.raftless.flink.sink.failure;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * A two-phase sink between whose parts and Flink the script stands.
 *
 * @param <S> what the sink's writers keep in checkpoints
 * @param <W> what they stage
 * @param <C> what its committer commits
 */
@SuppressWarnings("try") // That close() throws anything is how Flink has it.
final class ScriptedSink<S, W, C>
    implements Sink<String>,
        SupportsWriterState<String, S>,
        SupportsCommitter<C>,
        SupportsPreCommitTopology<W, C> {
  private static final long serialVersionUID = 1L;

  private final Sink<String> sink;
  private final SupportsWriterState<String, S> writing;
  private final SupportsCommitter<C> committing;
  private final SupportsPreCommitTopology<W, C> topology;
  private final String script;

  // The types are those of one sink; which ones is its own affair.
  @SuppressWarnings("unchecked")
  private ScriptedSink(Sink<String> sink, String script) {
    this.sink = sink;
    this.writing = (SupportsWriterState<String, S>) sink;
    this.committing = (SupportsCommitter<C>) sink;
    this.topology = (SupportsPreCommitTopology<W, C>) sink;
    this.script = script;
  }

  /**
   * @param sink that has writer state, a committer and a pre-commit topology
   * @throws ClassCastException if it has not
   */
  static ScriptedSink<?, ?, ?> around(Sink<String> sink, Script script) {
    return new ScriptedSink<Object, Object, Object>(sink, script.name());
  }

  /** A step in a call of Flink's. */
  static <V> V step(Script script, Actor actor, Action action, Actor.Call<V> call)
      throws IOException, InterruptedException {
    Place place = Place.of(action, actor.name());
    return actor.call(
        () -> {
          script.waitIfHeld(actor, place);
          Failure failure = script.reach(actor, place).orElse(null);
          if (failure != null && failure.effect() == Effect.CRASH_BEFORE) {
            actor.kill(new InjectedFailure(failure.toString()));
            throw new InjectedFailure(failure.toString());
          }
          V value = ScriptedStoreFactory.as(actor, call);
          if (failure != null) {
            InjectedFailure death = new InjectedFailure(failure.toString());
            actor.kill(death);
            closeUnheard(value, death);
          }
          return value;
        });
  }

  /** Flink will never know that it was opened. */
  private static void closeUnheard(Object value, InjectedFailure death) {
    if (value instanceof AutoCloseable opened) {
      try {
        opened.close();
      } catch (Exception e) {
        death.addSuppressed(e);
      }
    }
  }

  static <V> V uninterrupted(Actor.Call<V> call) throws IOException {
    try {
      return call.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public SinkWriter<String> createWriter(WriterInitContext context) throws IOException {
    return writer(context, () -> sink.createWriter(context));
  }

  @Override
  public StatefulSinkWriter<String, S> restoreWriter(
      WriterInitContext context, Collection<S> recoveredState) throws IOException {
    return writer(context, () -> writing.restoreWriter(context, recoveredState));
  }

  private Writer<S, W> writer(WriterInitContext context, Actor.Call<SinkWriter<String>> opening)
      throws IOException {
    Script running = Script.named(script);
    Actor actor = running.enter(Place.writer(context.getTaskInfo().getIndexOfThisSubtask()));
    return uninterrupted(
        () ->
            step(
                running,
                actor,
                Action.CREATE_WRITER,
                () -> Writer.around(opening.run(), running, actor)));
  }

  @Override
  public Committer<C> createCommitter(CommitterInitContext context) throws IOException {
    int subtask = context.getTaskInfo().getIndexOfThisSubtask();
    Script running = Script.named(script);
    Actor actor = running.enter(subtask == 0 ? Place.COMMITTER : "idle-committer-" + subtask);
    return uninterrupted(
        () ->
            step(
                running,
                actor,
                Action.CREATE_COMMITTER,
                () ->
                    new ScriptedCommitter<>(committing.createCommitter(context), running, actor)));
  }

  @Override
  public DataStream<CommittableMessage<C>> addPreCommitTopology(
      DataStream<CommittableMessage<W>> committables) {
    return topology.addPreCommitTopology(committables);
  }

  @Override
  public SimpleVersionedSerializer<S> getWriterStateSerializer() {
    return writing.getWriterStateSerializer();
  }

  @Override
  public SimpleVersionedSerializer<C> getCommittableSerializer() {
    return committing.getCommittableSerializer();
  }

  @Override
  public SimpleVersionedSerializer<W> getWriteResultSerializer() {
    return topology.getWriteResultSerializer();
  }

  private record Writer<S, W>(
      StatefulSinkWriter<String, S> stateful,
      CommittingSinkWriter<String, W> writer,
      Script script,
      Actor actor)
      implements StatefulSinkWriter<String, S>, CommittingSinkWriter<String, W> {

    @SuppressWarnings("unchecked") // A sink of two phases with state has such writers.
    static <S, W> Writer<S, W> around(SinkWriter<String> writer, Script script, Actor actor) {
      return new Writer<>(
          (StatefulSinkWriter<String, S>) writer,
          (CommittingSinkWriter<String, W>) writer,
          script,
          actor);
    }

    @Override
    public List<S> snapshotState(long checkpointId) throws IOException {
      return stateful.snapshotState(checkpointId);
    }

    @Override
    public void write(String element, Context context) throws IOException, InterruptedException {
      actor.call(
          () -> {
            writer.write(element, context);
            return element;
          });
    }

    @Override
    public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
      writer.writeWatermark(watermark);
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
      actor.call(
          () -> {
            writer.flush(endOfInput);
            return endOfInput;
          });
    }

    @Override
    public Collection<W> prepareCommit() throws IOException, InterruptedException {
      return step(script, actor, Action.PRE_COMMIT, writer::prepareCommit);
    }

    @Override
    public void close() throws Exception {
      writer.close();
    }
  }

  private record ScriptedCommitter<C>(Committer<C> committer, Script script, Actor actor)
      implements Committer<C> {

    @Override
    public void commit(Collection<CommitRequest<C>> requests)
        throws IOException, InterruptedException {
      if (requests.isEmpty()) {
        committer.commit(requests);
        return;
      }
      step(
          script,
          actor,
          Action.COMMIT,
          () -> {
            committer.commit(requests);
            return requests;
          });
    }

    @Override
    public void close() throws Exception {
      committer.close();
    }
  }
}
