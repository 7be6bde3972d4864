package io.raftless.flink.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes elements of records and remembers how far it came.
 *
 * <p>The elements of a record are collected first and emitted then: so a failure of the
 * deserializer is told from one of the operators behind the source, which emitting calls, and
 * nothing of a record that is left out was emitted.
 */
final class DeserializingEmitter<T>
    implements RecordEmitter<RaftlessRecord, T, RaftlessSplitState> {
  private static final Logger LOG = LoggerFactory.getLogger(DeserializingEmitter.class);

  private final RaftlessDeserializer<T> deserializer;
  private final OnPoison onPoison;
  private final ReaderMetrics metrics;
  private final RareWarning warning = new RareWarning(LOG);

  /** Of the record at hand. */
  private final List<T> elements = new ArrayList<>();

  private final Collector<T> collector =
      new Collector<>() {
        @Override
        public void collect(T element) {
          elements.add(element);
        }

        @Override
        public void close() {
          // Nothing to close: the elements are emitted afterwards.
        }
      };

  DeserializingEmitter(
      RaftlessDeserializer<T> deserializer, OnPoison onPoison, ReaderMetrics metrics) {
    this.deserializer = deserializer;
    this.onPoison = onPoison;
    this.metrics = metrics;
  }

  @Override
  public void emitRecord(
      RaftlessRecord fetched, SourceOutput<T> output, RaftlessSplitState splitState)
      throws Exception {
    metrics.received(fetched.record());
    elements.clear();
    deserialize(fetched);
    long timestamp = fetched.record().timestamp();
    for (T element : elements) {
      output.collect(element, timestamp);
    }
    splitState.emittedUpTo(fetched.offset() + 1);
  }

  private void deserialize(RaftlessRecord fetched) throws IOException {
    try {
      deserializer.deserialize(fetched, collector);
    } catch (IOException | RuntimeException e) {
      String what =
          "the record at offset "
              + fetched.offset()
              + " of partition "
              + fetched.partition()
              + " of log "
              + fetched.log()
              + " cannot be deserialized";
      if (onPoison == OnPoison.FAIL) {
        throw new IOException(
            what
                + ": repair the deserializer, or leave such records out with"
                + " setOnPoison(OnPoison.SKIP)",
            e);
      }
      elements.clear();
      metrics.skipped();
      warning.warn(what + " and is left out", e);
    }
  }
}
