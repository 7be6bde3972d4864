package io.raftless.flink.source;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.jspecify.annotations.Nullable;

/** A coordinator that does what the test says, in the test's thread. */
final class FakeEnumeratorContext implements SplitEnumeratorContext<RaftlessSplit> {
  private final int parallelism;
  private final Map<Integer, ReaderInfo> readers = new HashMap<>();
  private final Queue<Runnable> async = new ArrayDeque<>();

  /** What runs again and again. */
  private final List<Runnable> periodic = new ArrayList<>();

  /** How often; 0 if nothing does. */
  long periodMillis;

  /** By reader. */
  final Map<Integer, List<RaftlessSplit>> assigned = new TreeMap<>();

  /** Readers that were told that there will be no more splits. */
  final TreeSet<Integer> complete = new TreeSet<>();

  FakeEnumeratorContext(int parallelism) {
    this.parallelism = parallelism;
  }

  void register(int reader) {
    readers.put(reader, new ReaderInfo(reader, "here"));
  }

  /** What Flink does when a reader fails, before it gives splits back. */
  List<RaftlessSplit> fail(int reader) {
    readers.remove(reader);
    complete.remove(reader);
    List<RaftlessSplit> lost = assigned.remove(reader);
    return lost == null ? List.of() : lost;
  }

  /** Runs what was handed to the worker threads. */
  void runAsync() {
    while (!async.isEmpty()) {
      async.remove().run();
    }
  }

  /** A period passes. */
  void runPeriodic() {
    periodic.forEach(Runnable::run);
    runAsync();
  }

  @Override
  public int currentParallelism() {
    return parallelism;
  }

  @Override
  public Map<Integer, ReaderInfo> registeredReaders() {
    return Map.copyOf(readers);
  }

  @Override
  public void assignSplits(SplitsAssignment<RaftlessSplit> assignment) {
    assignment
        .assignment()
        .forEach(
            (reader, splits) -> {
              if (!readers.containsKey(reader) || complete.contains(reader)) {
                throw new AssertionError("reader " + reader + " cannot take splits");
              }
              assigned.computeIfAbsent(reader, r -> new ArrayList<>()).addAll(splits);
            });
  }

  @Override
  public void signalNoMoreSplits(int reader) {
    if (!complete.add(reader)) {
      throw new AssertionError("reader " + reader + " may have finished: it was told before");
    }
  }

  // The handler of Flink's contract takes null for "no failure" and for "no result".
  @SuppressWarnings("NullAway")
  @Override
  public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
    async.add(
        () -> {
          @Nullable T result = null;
          @Nullable Throwable failure = null;
          try {
            result = callable.call();
          } catch (Exception e) {
            failure = e;
          }
          handler.accept(result, failure);
        });
  }

  @Override
  public <T> void callAsync(
      Callable<T> callable, BiConsumer<T, Throwable> handler, long initialDelay, long period) {
    periodic.add(() -> callAsync(callable, handler));
    periodMillis = period;
  }

  @Override
  public void runInCoordinatorThread(Runnable runnable) {
    runnable.run();
  }

  @Override
  public SplitEnumeratorMetricGroup metricGroup() {
    return UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
  }

  @Override
  public void sendEventToSourceReader(int subtask, SourceEvent event) {
    throw new UnsupportedOperationException();
  }
}
