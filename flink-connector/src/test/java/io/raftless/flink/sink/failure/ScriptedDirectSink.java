package io.raftless.flink.sink.failure;

import java.io.IOException;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** A sink that appends directly, between whose writers and Flink the script stands. */
final class ScriptedDirectSink implements Sink<String> {
  private static final long serialVersionUID = 1L;

  private final Sink<String> sink;
  private final String script;

  private ScriptedDirectSink(Sink<String> sink, Script script) {
    this.sink = sink;
    this.script = script.name();
  }

  static ScriptedDirectSink around(Sink<String> sink, Script script) {
    return new ScriptedDirectSink(sink, script);
  }

  @Override
  public SinkWriter<String> createWriter(WriterInitContext context) throws IOException {
    Script running = Script.named(script);
    Actor actor = running.enter(Place.writer(context.getTaskInfo().getIndexOfThisSubtask()));
    return ScriptedSink.uninterrupted(
        () ->
            ScriptedSink.step(
                running,
                actor,
                Action.CREATE_WRITER,
                () -> new Writer(sink.createWriter(context), running, actor)));
  }

  @SuppressWarnings("try") // That close() throws anything is how Flink has it.
  private record Writer(SinkWriter<String> writer, Script script, Actor actor)
      implements SinkWriter<String> {

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
      ScriptedSink.step(
          script,
          actor,
          Action.FLUSH,
          () -> {
            writer.flush(endOfInput);
            return endOfInput;
          });
    }

    @Override
    public void close() throws Exception {
      writer.close();
    }
  }
}
