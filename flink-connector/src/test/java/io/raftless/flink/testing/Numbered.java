package io.raftless.flink.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.sink.RaftlessSerializer;
import io.raftless.flink.source.RaftlessDeserializer;
import io.raftless.flink.source.RaftlessRecord;
import io.raftless.format.LogRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Elements like {@code k3/17}: the key, and the number of the element among those of its key. So a
 * test sees what is lost, doubled or out of order within a key.
 */
public final class Numbered {
  private Numbered() {}

  /** Element number {@code index} of a stream that gives each of the keys its turn. */
  public static String element(long index, int keys) {
    return "k" + index % keys + "/" + index / keys;
  }

  /** The key of an element. */
  public static String key(String element) {
    return element.substring(0, element.indexOf('/'));
  }

  /** An element as a record. */
  public static LogRecord record(String element) {
    int slash = element.indexOf('/');
    return LogRecord.of(
        element.substring(0, slash).getBytes(UTF_8),
        element.substring(slash + 1).getBytes(UTF_8),
        slash);
  }

  /** A record as an element. */
  public static String element(LogRecord record) {
    return new String(Objects.requireNonNull(record.key()), UTF_8)
        + "/"
        + new String(Objects.requireNonNull(record.value()), UTF_8);
  }

  /** Checks that the elements 0 to {@code total} - 1 are all there, once, in order of each key. */
  public static void assertExactlyOnce(List<String> elements, int keys, long total) {
    Map<String, List<Integer>> expected = new TreeMap<>();
    for (int key = 0; key < keys; key++) {
      int count = (int) ((total - key + keys - 1) / keys);
      expected.put("k" + key, IntStream.range(0, count).boxed().toList());
    }
    assertThat(byKey(elements)).isEqualTo(expected);
  }

  /**
   * The same in any order: a job in batch execution sorts by key before a keyed operator, and what
   * has one key and no time comes out of that in any order.
   */
  public static void assertExactlyOnceInAnyOrder(List<String> elements, int keys, long total) {
    assertThat(elements)
        .containsExactlyInAnyOrderElementsOf(
            LongStream.range(0, total).mapToObj(index -> element(index, keys)).toList());
  }

  /**
   * Checks that of each key the first elements are there, once, in order: what a job that still
   * runs, or was stopped at any moment, has written.
   */
  public static void assertUnbroken(List<String> elements) {
    assertThat(byKey(elements))
        .isNotEmpty()
        .allSatisfy(
            (key, numbers) ->
                assertThat(numbers).isEqualTo(IntStream.range(0, numbers.size()).boxed().toList()));
  }

  private static Map<String, List<Integer>> byKey(List<String> elements) {
    Map<String, List<Integer>> byKey = new TreeMap<>();
    for (String element : elements) {
      byKey
          .computeIfAbsent(key(element), key -> new ArrayList<>())
          .add(Integer.parseInt(element.substring(element.indexOf('/') + 1)));
    }
    return byKey;
  }

  /** Writes elements. */
  public static final class Serializer implements RaftlessSerializer<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public LogRecord serialize(String element, @Nullable Long timestamp) {
      return record(element);
    }
  }

  /** Reads elements. */
  public static final class Deserializer implements RaftlessDeserializer<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(RaftlessRecord record, Collector<String> out) {
      out.collect(element(record.record()));
    }

    @Override
    public TypeInformation<String> getProducedType() {
      return Types.STRING;
    }
  }
}
