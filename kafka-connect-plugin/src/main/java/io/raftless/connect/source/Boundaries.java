package io.raftless.connect.source;

import java.util.List;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.jspecify.annotations.Nullable;

/**
 * Where Kafka transactions end, if it is the connector that says so. A poll always ends on one:
 * *because* a transaction that waited for the next poll would stay open while there is nothing to
 * read, and block those who read committed records only.
 */
final class Boundaries {
  private final @Nullable TransactionContext context;
  private final SourceConfig.TransactionUnit unit;
  private final int records;

  /**
   * @param context null if the connector does not define transactions
   * @param records in a transaction at most, if that is the unit
   */
  Boundaries(@Nullable TransactionContext context, SourceConfig.TransactionUnit unit, int records) {
    this.context = context;
    this.unit = unit;
    this.records = records;
  }

  /** Whether the connector defines them. */
  boolean areDefined() {
    return context != null;
  }

  /** Whether a batch must not be shared out among polls. */
  boolean keepsBatches() {
    return context != null && unit == SourceConfig.TransactionUnit.BATCH;
  }

  /** How many records a poll may have, if so many are asked for. */
  int pollRecords(int asked) {
    return context != null && unit == SourceConfig.TransactionUnit.RECORDS
        ? Math.max(asked, records)
        : asked;
  }

  /**
   * Tells Connect.
   *
   * @param poll what is handed to it next
   * @param batchEnds in it, ascending: how many records up to the end of each batch
   */
  void mark(List<SourceRecord> poll, List<Integer> batchEnds) {
    TransactionContext transactions = context;
    if (transactions == null || poll.isEmpty()) {
      return;
    }
    if (unit == SourceConfig.TransactionUnit.BATCH) {
      batchEnds.forEach(end -> transactions.commitTransaction(poll.get(end - 1)));
      return;
    }
    for (int end = records; end < poll.size(); end += records) {
      transactions.commitTransaction(poll.get(end - 1));
    }
    transactions.commitTransaction(poll.get(poll.size() - 1));
  }
}
