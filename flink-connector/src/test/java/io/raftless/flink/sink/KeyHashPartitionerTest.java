package io.raftless.flink.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class KeyHashPartitionerTest {

  @Test
  void keysStayInThePartitionsWhereTheyAlwaysWere() {
    // Written down once: whoever changes the hash moves every key of every log.
    assertThat(Stream.of("", "a", "us", "ci", "nc", "ak").map(key -> partition(key, 1_000)))
        .containsExactly(921, 955, 726, 211, 435, 884);
  }

  @Test
  void theHashIsXxh64() {
    // The reference value of XXH64 for no bytes and seed 0: ef46db3751d8e999.
    assertThat(partition("", 1 << 16)).isEqualTo(0xe999);
  }

  @Test
  void manyKeysSpreadOverAllPartitions() {
    long[] counts = new long[8];
    IntStream.range(0, 8_000).forEach(i -> counts[partition("key-" + i, 8)]++);
    assertThat(Arrays.stream(counts).boxed()).allMatch(count -> count > 800 && count < 1_200);
  }

  @Test
  void recordsWithoutAKeyGoRound() {
    RaftlessPartitioner<String> partitioner = RaftlessPartitioner.byKey();
    LogRecord record = LogRecord.of(null, new byte[0], 0);
    List<Integer> partitions =
        IntStream.range(0, 5).mapToObj(i -> partitioner.partition("", record, 3)).toList();
    assertThat(partitions).containsExactly(0, 1, 2, 0, 1);
  }

  private static int partition(String key, int partitions) {
    LogRecord record = LogRecord.of(key.getBytes(UTF_8), null, 0);
    return RaftlessPartitioner.<String>byKey().partition(key, record, partitions);
  }
}
