package io.raftless.demo.verify;

import io.raftless.flink.source.RaftlessDeserializer;
import io.raftless.flink.source.RaftlessRecord;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/** Keeps of a record what the comparison needs. */
public final class ReadBackDeserializer implements RaftlessDeserializer<ReadBack> {
  private static final long serialVersionUID = 1L;

  /** The header with the number of the line, in decimal digits. */
  public static final String LINE_HEADER = "line";

  @Override
  public void deserialize(RaftlessRecord record, Collector<ReadBack> out) {
    LogRecord stored = record.record();
    out.collect(new ReadBack(record.partition(), lineOf(stored), stored.key(), stored.value()));
  }

  private static long lineOf(LogRecord record) {
    for (RecordHeader header : record.headers()) {
      byte[] value = header.value();
      if (header.name().equals(LINE_HEADER) && value != null) {
        try {
          return Long.parseLong(new String(value, StandardCharsets.UTF_8));
        } catch (NumberFormatException e) {
          return ReadBack.NO_LINE;
        }
      }
    }
    return ReadBack.NO_LINE;
  }

  @Override
  public TypeInformation<ReadBack> getProducedType() {
    return ReadBack.TYPE;
  }
}
