package io.raftless.flink.source;

import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends elements on and poison records aside. */
final class PoisonSplitter<T> extends ProcessFunction<Either<T, PoisonRecord>, T> {
  private static final long serialVersionUID = 1L;

  private final OutputTag<PoisonRecord> poison;

  PoisonSplitter(OutputTag<PoisonRecord> poison) {
    this.poison = poison;
  }

  @Override
  public void processElement(Either<T, PoisonRecord> element, Context context, Collector<T> out) {
    if (element.isLeft()) {
      out.collect(element.left());
    } else {
      context.output(poison, element.right());
    }
  }
}
