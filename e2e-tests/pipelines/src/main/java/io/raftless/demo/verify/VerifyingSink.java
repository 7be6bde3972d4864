package io.raftless.demo.verify;

import io.raftless.demo.jvm.JvmReference;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Hands records to the verifier. It is to run in one subtask, so that their order is kept. */
public final class VerifyingSink implements Sink<ReadBack> {
  private static final long serialVersionUID = 1L;

  private final JvmReference<LogVerifier> verifier;

  public VerifyingSink(JvmReference<LogVerifier> verifier) {
    this.verifier = verifier;
  }

  @Override
  public SinkWriter<ReadBack> createWriter(WriterInitContext context) {
    return new Writer(verifier.get());
  }

  private record Writer(LogVerifier verifier) implements SinkWriter<ReadBack> {
    @Override
    public void write(ReadBack record, Context context) {
      verifier.accept(record);
    }

    @Override
    public void flush(boolean endOfInput) {
      // Nothing is held back.
    }

    @Override
    public void close() {
      // There is nothing to close.
    }
  }
}
