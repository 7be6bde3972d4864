package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.util.List;

/**
 * Docs/protocol.md §2, guarantee 3: what a reader hands out is what the log has at these offsets,
 * and what it skips was trimmed.
 */
final class ReadersSeePrefixes implements Invariant {
  private final Shadow shadow;

  ReadersSeePrefixes(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.Told told)
        || !(told.call() instanceof Call.Read read)
        || !(told.answer() instanceof Answer.Records records)) {
      return;
    }
    List<String> log = shadow.history(told.partition()).texts();
    long end = records.base() + records.records().size();
    if (records.base() < 0
        || end > log.size()
        || !log.subList((int) records.base(), (int) end).equals(records.records())) {
      throw broken(
          told.client()
              + " read "
              + records
              + " of partition "
              + told.partition()
              + ", but the log is "
              + log);
    }
    PartitionImage image = shadow.partition(told.partition());
    long start = image == null ? 0 : image.head().startOffset();
    if (records.base() != read.from() && (records.base() < read.from() || records.base() > start)) {
      throw broken(
          told.client()
              + " read from "
              + read.from()
              + " of partition "
              + told.partition()
              + " and got what is at "
              + records.base()
              + ", but the log starts at "
              + start);
    }
  }
}
