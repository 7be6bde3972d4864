package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RaftlessSourceReaderTest {
  private static final LogId LOG = LogId.of("", "log");

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 2);
  private final FakeContext context = new FakeContext();
  private final Output output = new Output();

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void aCheckpointRightAfterARestoreHoldsTheRestoredSplits() throws Exception {
    append(0, 10);
    RaftlessSplit restored = split(0, 4, RaftlessSplit.UNBOUNDED);
    SourceReader<String, RaftlessSplit> reader = reader(null, null, 1);
    // What Flink does: it restores before it starts the reader and registers it.
    reader.addSplits(List.of(restored));
    assertThat(reader.snapshotState(1)).containsExactly(restored);
    reader.start();
    assertThat(reader.snapshotState(2)).hasSize(1);
    read(reader, 6);
    assertThat(reader.snapshotState(3)).containsExactly(restored.from(10));
    assertThat(output.elements).startsWith("k/4").endsWith("k/9");
    reader.close();
    assertThat(context.requests).as("splits are handed out unasked").isZero();
  }

  @Test
  void aCheckpointInTheMiddleOfABatchHoldsTheOffsetOfTheNextRecord() throws Exception {
    append(0, 10);
    SourceReader<String, RaftlessSplit> reader = reader(null, null, 1);
    reader.start();
    reader.addSplits(List.of(split(0, 0, RaftlessSplit.UNBOUNDED)));
    read(reader, 3);
    assertThat(reader.snapshotState(1))
        .containsExactly(split(0, output.elements.size(), RaftlessSplit.UNBOUNDED));
    reader.close();
  }

  @Test
  void aReaderOfRangesAsksWhenItHasNothingToReadAndOnlyThen() throws Exception {
    append(0, 10);
    SourceReader<String, RaftlessSplit> idle = reader(StopPosition.latest(), null, 2);
    idle.start();
    assertThat(context.requests).isEqualTo(1);
    idle.addSplits(List.of(split(0, 0, 5)));
    readToEnd(idle, 5);
    assertThat(context.requests).as("it asks for the next").isEqualTo(2);
    idle.notifyNoMoreSplits();
    assertThat(untilFinished(idle)).isEqualTo(InputStatus.END_OF_INPUT);
    idle.close();

    context.requests = 0;
    SourceReader<String, RaftlessSplit> restored = reader(StopPosition.latest(), null, 2);
    restored.addSplits(List.of(split(0, 5, 7), split(1, 0, 1)));
    restored.start();
    assertThat(context.requests).as("it has been restored with splits").isZero();
    restored.close();
  }

  @Test
  void theGroupFollowsCompletedCheckpointsOnly() throws Exception {
    append(0, 10);
    SourceReader<String, RaftlessSplit> reader = reader(null, "readers", 1);
    reader.addSplits(List.of(split(0, 0, RaftlessSplit.UNBOUNDED)));
    reader.start();
    read(reader, 4);
    reader.snapshotState(1);
    read(reader, 10);
    reader.snapshotState(2);
    reader.snapshotState(3);
    reader.notifyCheckpointAborted(2);
    reader.notifyCheckpointComplete(1);
    reader.close();
    assertThat(log.log().group("readers").position(0).join().offset()).hasValue(4);
  }

  @Test
  void theGroupHasWhatABoundedReaderReadWhenItsLastCheckpointCompletes() throws Exception {
    append(0, 10);
    SourceReader<String, RaftlessSplit> reader = reader(StopPosition.latest(), "readers", 1);
    reader.start();
    reader.addSplits(List.of(split(0, 0, 10)));
    reader.notifyNoMoreSplits();
    assertThat(untilFinished(reader)).isEqualTo(InputStatus.END_OF_INPUT);
    assertThat(reader.snapshotState(1)).isEmpty();
    reader.notifyCheckpointComplete(1);
    reader.close();
    assertThat(log.log().group("readers").position(0).join().offset()).hasValue(10);
  }

  private void append(int partition, int count) throws InterruptedException {
    log.append(
        partition, IntStream.range(0, count).mapToObj(i -> Numbered.record("k/" + i)).toList());
  }

  private RaftlessSplit split(int partition, long start, long stop) {
    return new RaftlessSplit(LOG, log.log().incarnation(), partition, 0, start, stop);
  }

  private SourceReader<String, RaftlessSplit> reader(
      @Nullable StopPosition stop, @Nullable String group, int ranges) {
    RaftlessSourceBuilder<String> source =
        RaftlessSource.<String>builder()
            .setStore(RegisteredStore.of(store))
            .setLog(LOG)
            .setRangesPerPartition(ranges)
            .setDeserializer(new Numbered.Deserializer());
    if (stop != null) {
      source.setStopPosition(stop);
    }
    if (group != null) {
      source.setGroup(group);
    }
    return source.build().createReader(context);
  }

  /** Until so many elements were read in all. */
  private void read(SourceReader<String, RaftlessSplit> reader, int elements) throws Exception {
    while (output.elements.size() < elements) {
      if (reader.pollNext(output) == InputStatus.NOTHING_AVAILABLE) {
        reader.isAvailable().get(30, TimeUnit.SECONDS);
      }
    }
  }

  /** Until so many elements were read in all, and the splits that they are of are finished. */
  private void readToEnd(SourceReader<String, RaftlessSplit> reader, int elements)
      throws Exception {
    read(reader, elements);
    while (!reader.snapshotState(0).isEmpty()) {
      if (reader.pollNext(output) == InputStatus.NOTHING_AVAILABLE) {
        reader.isAvailable().get(30, TimeUnit.SECONDS);
      }
    }
  }

  private InputStatus untilFinished(SourceReader<String, RaftlessSplit> reader) throws Exception {
    InputStatus status = reader.pollNext(output);
    while (status != InputStatus.END_OF_INPUT) {
      if (status == InputStatus.NOTHING_AVAILABLE) {
        reader.isAvailable().get(30, TimeUnit.SECONDS);
      }
      status = reader.pollNext(output);
    }
    return status;
  }

  private static final class FakeContext implements SourceReaderContext {
    private int requests;

    @Override
    public SourceReaderMetricGroup metricGroup() {
      return new RecordedMetrics();
    }

    @Override
    public Configuration getConfiguration() {
      return new Configuration();
    }

    @Override
    public String getLocalHostName() {
      return "here";
    }

    @Override
    public int getIndexOfSubtask() {
      return 0;
    }

    @Override
    public void sendSplitRequest() {
      requests++;
    }

    @Override
    public void sendSourceEventToCoordinator(SourceEvent event) {
      throw new AssertionError("no events of our own: attempts could not be told apart");
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
      return SimpleUserCodeClassLoader.create(RaftlessSourceReaderTest.class.getClassLoader());
    }

    @Override
    public int currentParallelism() {
      return 1;
    }
  }

  private static final class Output implements ReaderOutput<String> {
    private final List<String> elements = new ArrayList<>();

    @Override
    public void collect(String element) {
      elements.add(element);
    }

    @Override
    public void collect(String element, long timestamp) {
      elements.add(element);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      throw new AssertionError("watermarks are Flink's");
    }

    @Override
    public void markIdle() {
      throw new AssertionError("idleness is Flink's");
    }

    @Override
    public void markActive() {
      throw new AssertionError("idleness is Flink's");
    }

    @Override
    public SourceOutput<String> createOutputForSplit(String splitId) {
      return this;
    }

    @Override
    public void releaseOutputForSplit(String splitId) {
      // All splits share this output.
    }
  }
}
