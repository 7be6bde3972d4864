package io.raftless.flink.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.sink.RaftlessSerializer;
import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is written is what is read: keys, values, headers, timestamps, and what is null. */
final class RoundTripTest {
  private static final LogId LOG = LogId.of("some/prefix", "log");

  private static final List<LogRecord> RECORDS =
      List.of(
          LogRecord.of(bytes("key"), bytes("value"), 1_000),
          LogRecord.of(bytes("tombstone"), null, 2_000),
          LogRecord.of(null, bytes("no key"), 3_000),
          LogRecord.of(new byte[0], new byte[0], 4_000),
          LogRecord.of(null, null, -5_000),
          new LogRecord(
              bytes("headers"),
              new byte[] {0, -1, 127, -128},
              List.of(
                  new RecordHeader("twice", bytes("a")),
                  new RecordHeader("twice", bytes("b")),
                  new RecordHeader("null", null),
                  new RecordHeader("", new byte[0])),
              6_000));

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path checkpoints;

  private final RegisteredStore store = RegisteredStore.of(new MemoryObjectStore());

  @Test
  void recordsComeBackAsTheyWereWritten() throws Exception {
    write();
    List<String> expected = new ArrayList<>();
    for (LogRecord record : RECORDS) {
      expected.add(describe(record) + " at " + record.timestamp());
    }
    assertThat(read()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void theSinkCreatesTheLogWithAsManyPartitionsAsItWasTold() throws Exception {
    write();
    try (TestLog log = TestLog.of(store.open(), LOG, 1)) {
      assertThat(log.log().partitions()).isEqualTo(3);
      assertThat(log.size()).isEqualTo(RECORDS.size());
    }
  }

  private void write() throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    env.fromSequence(0, RECORDS.size() - 1)
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<Long>noWatermarks()
                .withTimestampAssigner(
                    (index, before) -> RECORDS.get(index.intValue()).timestamp()))
        .sinkTo(
            RaftlessSink.<Long>builder()
                .setStore(store)
                .setLog(LOG)
                .setCreateLogWithPartitions(3)
                .setSinkId("round-trip")
                .setSerializer(new IndexedRecords())
                .build());
    env.execute();
  }

  private List<String> read() throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    return env.fromSource(
            RaftlessSource.<String>builder()
                .setStore(store)
                .setLog(LOG)
                .setStartPosition(StartPosition.earliest())
                .setStopPosition(StopPosition.latest())
                .setDeserializer(new Descriptions())
                .build(),
            WatermarkStrategy.noWatermarks(),
            "log")
        .process(new WithTimestamp())
        .executeAndCollect(10 * RECORDS.size());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String describe(LogRecord record) {
    StringBuilder description = new StringBuilder();
    description.append(hex(record.key())).append(" -> ").append(hex(record.value()));
    for (RecordHeader header : record.headers()) {
      description.append(", ").append(header.name()).append('=').append(hex(header.value()));
    }
    return description.append(", ").append(record.timestamp()).toString();
  }

  private static String hex(byte @Nullable [] bytes) {
    return bytes == null ? "null" : "'" + HexFormat.of().formatHex(bytes) + "'";
  }

  /** The timestamp is the stream's, the rest is the record's. */
  private static final class IndexedRecords implements RaftlessSerializer<Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public LogRecord serialize(Long index, @Nullable Long timestamp) {
      LogRecord record = RECORDS.get(index.intValue());
      return new LogRecord(
          record.key(), record.value(), record.headers(), Objects.requireNonNull(timestamp));
    }
  }

  private static final class Descriptions implements RaftlessDeserializer<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(RaftlessRecord record, Collector<String> out) {
      out.collect(describe(record.record()));
    }

    @Override
    public TypeInformation<String> getProducedType() {
      return Types.STRING;
    }
  }

  private static final class WithTimestamp extends ProcessFunction<String, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(String element, Context context, Collector<String> out) {
      out.collect(element + " at " + context.timestamp());
    }
  }
}
