package io.raftless.suites;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.raftless.flink.sink.RaftlessSerializer;
import io.raftless.flink.source.RaftlessDeserializer;
import io.raftless.flink.source.RaftlessRecord;
import io.raftless.format.LogRecord;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Lines of text, as the suites generate, write and compare them. */
final class TextRecords {
  private static final int LEAST = 50;
  private static final int MOST = 100;
  private static final int KEYS = 13;

  private TextRecords() {}

  /** Lines that no other split has. */
  static List<String> generate(int split, long seed) {
    Random random = new Random(seed);
    int count = LEAST + random.nextInt(MOST - LEAST);
    return IntStream.range(0, count)
        .mapToObj(index -> split + "-" + index + "-" + Long.toUnsignedString(random.nextLong(), 36))
        .toList();
  }

  static LogRecord record(String line, long timestampMillis) {
    String key = Integer.toString(Math.floorMod(line.hashCode(), KEYS));
    return LogRecord.of(key.getBytes(UTF_8), line.getBytes(UTF_8), timestampMillis);
  }

  static String line(LogRecord record) {
    return new String(Objects.requireNonNull(record.value(), "value"), UTF_8);
  }

  /** For the sink. */
  static final class Serializer implements RaftlessSerializer<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public LogRecord serialize(String line, @Nullable Long timestamp) {
      return record(line, timestamp == null ? 0 : timestamp);
    }
  }

  /** For the source. */
  static final class Deserializer implements RaftlessDeserializer<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(RaftlessRecord record, Collector<String> out) {
      out.collect(line(record.record()));
    }

    @Override
    public TypeInformation<String> getProducedType() {
      return Types.STRING;
    }
  }
}
