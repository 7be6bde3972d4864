package io.raftless.flink.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DeserializingEmitterTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final RaftlessSplit SPLIT =
      new RaftlessSplit(
          LOG, Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"), 3, 0, 10, 100);

  private final RecordedMetrics recorded = new RecordedMetrics();
  private final ReaderMetrics metrics = new ReaderMetrics(recorded);
  private final RaftlessSplitState state = new RaftlessSplitState(SPLIT, metrics.added(SPLIT));
  private final Collected<String> output = new Collected<>();

  @Test
  void theElementsOfARecordAreEmittedWithItsTimestampAndThePositionFollows() throws Exception {
    emitter(OnPoison.FAIL).emitRecord(record(10, "a,b"), output, state);
    assertThat(output.elements).containsExactly("a@1000", "b@1000");
    assertThat(state.remaining().startOffset()).isEqualTo(11);
  }

  @Test
  void aPoisonRecordFailsTheTaskAndIsNamed() {
    assertThatThrownBy(() -> emitter(OnPoison.FAIL).emitRecord(record(10, "poison"), output, state))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("offset 10 of partition 3 of log log cannot be deserialized")
        .hasMessageContaining("OnPoison.SKIP")
        .hasRootCauseMessage("poison!");
    assertThat(state.remaining().startOffset()).isEqualTo(10);
  }

  @Test
  void aPoisonRecordIsLeftOutAltogetherCountedAndPassed() throws Exception {
    DeserializingEmitter<String> emitter = emitter(OnPoison.SKIP);
    emitter.emitRecord(record(10, "a,poison"), output, state);
    emitter.emitRecord(record(11, "b"), output, state);
    assertThat(output.elements).as("not even the element before it").containsExactly("b@1000");
    assertThat(state.remaining().startOffset()).isEqualTo(12);
    assertThat(recorded.count("numRecordsInErrors")).isEqualTo(1);
  }

  @Test
  void aFailureBehindTheSourceIsNotPoison() {
    RuntimeException failure = new IllegalStateException("the next operator");
    output.failure = failure;
    assertThatThrownBy(() -> emitter(OnPoison.SKIP).emitRecord(record(10, "a"), output, state))
        .isSameAs(failure);
    assertThat(recorded.count("numRecordsInErrors")).isZero();
    assertThat(state.remaining().startOffset()).isEqualTo(10);
  }

  @Test
  void captureMakesAPoisonRecordAndNothingElseOfARecordThatCannotBeDeserialized() throws Exception {
    Collected<Either<String, PoisonRecord>> captured = new Collected<>();
    DeserializingEmitter<Either<String, PoisonRecord>> emitter =
        new DeserializingEmitter<>(new PoisonCapture<>(new Commas()), OnPoison.FAIL, metrics);
    RaftlessRecord poison = record(10, "a,poison");
    emitter.emitRecord(poison, captured, state);
    emitter.emitRecord(record(11, "b"), captured, state);
    assertThat(captured.raw).hasSize(2);
    PoisonRecord found = captured.raw.get(0).right();
    assertThat(found.log()).isEqualTo(LOG);
    assertThat(found.partition()).isEqualTo(3);
    assertThat(found.offset()).isEqualTo(10);
    assertThat(found.record()).isEqualTo(poison.record());
    assertThat(found.error()).contains("poison!");
    assertThat(captured.raw.get(1).left()).isEqualTo("b");
  }

  private DeserializingEmitter<String> emitter(OnPoison policy) {
    return new DeserializingEmitter<>(new Commas(), policy, metrics);
  }

  private static RaftlessRecord record(long offset, String value) {
    return new RaftlessRecord(LOG, 3, offset, LogRecord.of(null, value.getBytes(UTF_8), 1_000));
  }

  /** An element for each part of the value; throws at "poison". */
  private static final class Commas implements RaftlessDeserializer<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(RaftlessRecord record, Collector<String> out) throws IOException {
      String value = new String(Objects.requireNonNull(record.record().value()), UTF_8);
      for (String part : value.split(",", -1)) {
        if (part.equals("poison")) {
          throw new IOException("poison!");
        }
        out.collect(part);
      }
    }

    @Override
    public TypeInformation<String> getProducedType() {
      return Types.STRING;
    }
  }

  private static final class Collected<T> implements SourceOutput<T> {
    private final List<String> elements = new ArrayList<>();
    private final List<T> raw = new ArrayList<>();
    private @Nullable RuntimeException failure;

    @Override
    public void collect(T element) {
      throw new AssertionError("without a timestamp");
    }

    @Override
    public void collect(T element, long timestamp) {
      if (failure != null) {
        throw failure;
      }
      raw.add(element);
      elements.add(element + "@" + timestamp);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      throw new AssertionError("no watermarks are made here");
    }

    @Override
    public void markIdle() {
      throw new AssertionError("idleness is Flink's");
    }

    @Override
    public void markActive() {
      throw new AssertionError("idleness is Flink's");
    }
  }
}
