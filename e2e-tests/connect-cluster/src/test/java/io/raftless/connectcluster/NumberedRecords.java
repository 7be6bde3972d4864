package io.raftless.connectcluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Records that say which they are: in each partition they are numbered from 0. Some have no key,
 * some no value, and all have headers, one of which is bytes that are no text.
 */
final class NumberedRecords {
  private static final String NUMBER = "number";
  private static final String BYTES = "bytes";
  private static final int KEYS = 97;

  /** An hour ago: what is older than its retention, Kafka deletes before anybody reads it. */
  private static final long FIRST_TIMESTAMP = System.currentTimeMillis() - 3_600_000;

  private static final String PADDING = "0123456789".repeat(10);

  private NumberedRecords() {}

  static ProducerRecord<byte[], byte[]> record(String topic, int partition, long number) {
    return new ProducerRecord<>(
        topic, partition, FIRST_TIMESTAMP + number, key(number), value(number), headers(number));
  }

  /** The number of a record, whatever else it is. */
  static long numberOf(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(NUMBER);
    if (header == null) {
      throw new IllegalStateException("no number: " + record);
    }
    return Long.parseLong(new String(header.value(), UTF_8));
  }

  /** What differs from the record with this number; empty if nothing does. */
  static Optional<String> difference(ConsumerRecord<byte[], byte[]> record, long number) {
    if (!Arrays.equals(record.key(), key(number))) {
      return Optional.of("its key");
    }
    if (!Arrays.equals(record.value(), value(number))) {
      return Optional.of("its value");
    }
    if (record.timestamp() != FIRST_TIMESTAMP + number) {
      return Optional.of("its timestamp");
    }
    return Arrays.asList(record.headers().toArray()).equals(headers(number))
        ? Optional.empty()
        : Optional.of("its headers");
  }

  private static byte @Nullable [] key(long number) {
    return number % 11 == 0 ? null : ("key-" + number % KEYS).getBytes(UTF_8);
  }

  private static byte @Nullable [] value(long number) {
    return number % 13 == 0 ? null : ("value " + number + " " + PADDING).getBytes(UTF_8);
  }

  private static List<Header> headers(long number) {
    return List.of(
        new RecordHeader(NUMBER, Long.toString(number).getBytes(UTF_8)),
        new RecordHeader(BYTES, new byte[] {(byte) number, (byte) 0xff, 0, (byte) 0x80}),
        new RecordHeader(BYTES, (byte[]) null));
  }
}
