package io.raftless.flink.metrics;

import io.raftless.store.CountingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.annotation.Internal;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counts the requests of all the stores that one subtask opens, now or later, as if they were one.
 * Thread-safe.
 */
@Internal
public final class StoreMeter {
  /** A subtask opens few: one for each thread that reads, and another when that is started anew. */
  private final List<CountingObjectStore> stores = new CopyOnWriteArrayList<>();

  private StoreMeter() {}

  /**
   * Shows the counts from now on.
   *
   * @param operator the group of a source's reader or enumerator
   */
  public static StoreMeter of(MetricGroup operator) {
    StoreMeter meter = new StoreMeter();
    StoreMetrics.registerRequests(operator, meter::counts);
    return meter;
  }

  /** A store that counts what goes to another; closing it closes {@code store}. */
  public ObjectStore measured(ObjectStore store) {
    CountingObjectStore counting = new CountingObjectStore(store);
    stores.add(counting);
    return counting;
  }

  /** The requests until now. */
  public RequestCounts counts() {
    return stores.stream()
        .map(CountingObjectStore::counts)
        .reduce(RequestCounts.NONE, RequestCounts::plus);
  }
}
