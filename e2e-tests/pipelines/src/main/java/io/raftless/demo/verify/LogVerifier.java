package io.raftless.demo.verify;

import io.raftless.demo.input.Hash64;
import io.raftless.demo.input.InputLines;
import io.raftless.demo.input.KeyRule;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Compares what is in a log with the input. Records of one partition must come in the order of the
 * log; partitions may be mixed. Safe for use by many threads.
 */
public final class LogVerifier {

  /** Where a key was seen last. */
  private record Place(int partition, long line) {}

  private final InputLines input;
  private final KeyRule keyRule;
  private final Hash64 hash = new Hash64();
  private final BitSet seen;

  /** By hash of the key: an input may have as many keys as lines. */
  private final Map<Long, Place> places = new HashMap<>();

  private long recordsOut;
  private long duplicated;
  private long altered;
  private long outOfOrder;

  public LogVerifier(InputLines input, KeyRule keyRule) {
    this.input = input;
    this.keyRule = keyRule;
    this.seen = new BitSet(input.count());
  }

  /** Takes the next record of its partition. */
  public synchronized void accept(ReadBack record) {
    recordsOut++;
    if (record.line < 0 || record.line >= input.count()) {
      altered++;
      return;
    }
    int line = (int) record.line;
    if (seen.get(line)) {
      duplicated++;
      return;
    }
    seen.set(line);
    byte[] key = record.key;
    byte[] value = record.value;
    if (key == null
        || value == null
        || hash.of(value) != input.hash(line)
        || !Arrays.equals(key, keyRule.keyOf(value))) {
      altered++;
      return;
    }
    checkOrder(record, hash.of(key));
  }

  private void checkOrder(ReadBack record, long key) {
    Place last = places.get(key);
    if (last == null) {
      places.put(key, new Place(record.partition, record.line));
    } else if (last.partition != record.partition || last.line > record.line) {
      outOfOrder++;
    } else {
      places.put(key, new Place(record.partition, record.line));
    }
  }

  /** How many records there were until now. */
  public synchronized long recordsOut() {
    return recordsOut;
  }

  /** What was found, given that there is no more. */
  public synchronized Verdict verdict() {
    int lost = input.count() - seen.cardinality();
    return new Verdict(input.count(), recordsOut, lost, duplicated, altered, outOfOrder);
  }
}
