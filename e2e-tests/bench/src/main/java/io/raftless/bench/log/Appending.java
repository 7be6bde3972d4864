package io.raftless.bench.log;

import io.raftless.bench.Usage;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.store.ObjectStore;
import java.util.concurrent.CompletableFuture;

/** Appends to a new log, as fast as it takes records, until all of them are acknowledged. */
final class Appending {
  private final ObjectStore store;
  private final int partitions;

  Appending(ObjectStore store, int partitions) {
    this.store = store;
    this.partitions = partitions;
  }

  /**
   * Appends to a log that did not exist before.
   *
   * @return what the appends took, without making the log
   */
  Usage.Used append(LogId id, Payloads payloads, long records, WriterOptions options)
      throws Exception {
    try (RaftlessLog log = RaftlessLog.create(store, id, partitions);
        LogWriter writer = log.newWriter(options)) {
      return append(writer, partitions, payloads, records);
    }
  }

  /**
   * Appends to a log by a writer that is open, and has its memory already if it was used before.
   *
   * @return what the appends took
   */
  static Usage.Used append(LogWriter writer, int partitions, Payloads payloads, long records)
      throws Exception {
    Usage usage = Usage.begin();
    CompletableFuture<Long> last = CompletableFuture.completedFuture(0L);
    for (long number = 0; number < records; number++) {
      last = writer.append((int) (number % partitions), payloads.record(number));
    }
    writer.flush().get();
    last.get();
    return usage.end();
  }
}
