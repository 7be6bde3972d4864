package io.raftless.flink.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;

/**
 * Makes elements of records, and a {@link PoisonRecord} of one that cannot be deserialized: of such
 * a record there is nothing else.
 */
final class PoisonCapture<T> implements RaftlessDeserializer<Either<T, PoisonRecord>> {
  private static final long serialVersionUID = 1L;

  private final RaftlessDeserializer<T> deserializer;

  /** Null until it is opened. */
  private transient @Nullable Counter poisonRecords;

  PoisonCapture(RaftlessDeserializer<T> deserializer) {
    this.deserializer = deserializer;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) throws Exception {
    deserializer.open(context);
    poisonRecords = context.getMetricGroup().counter("poisonRecords");
  }

  @Override
  public void deserialize(RaftlessRecord record, Collector<Either<T, PoisonRecord>> out) {
    List<T> elements = new ArrayList<>();
    try {
      deserializer.deserialize(record, new ListCollector<>(elements));
    } catch (IOException | RuntimeException e) {
      if (poisonRecords != null) {
        poisonRecords.inc();
      }
      out.collect(
          Either.Right(
              new PoisonRecord(
                  record.log(),
                  record.partition(),
                  record.offset(),
                  record.record(),
                  ExceptionUtils.stringifyException(e))));
      return;
    }
    elements.forEach(element -> out.collect(Either.Left(element)));
  }

  private record ListCollector<T>(List<T> elements) implements Collector<T> {
    @Override
    public void collect(T element) {
      elements.add(element);
    }

    @Override
    public void close() {
      // Nothing to close.
    }
  }

  @Override
  public TypeInformation<Either<T, PoisonRecord>> getProducedType() {
    return new EitherTypeInfo<>(deserializer.getProducedType(), new PoisonRecordTypeInfo());
  }
}
