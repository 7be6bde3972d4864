package io.raftless.maintenance;

import io.raftless.format.BatchBlock;
import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Checks everything about one block: its checksums, its records, and that count, CRC and latest
 * timestamp are what the index says.
 *
 * @param bytes what the object has at the place of the block
 */
record BlockCheck(int partition, DataBlock block, ByteBuffer bytes) {

  /** The block, if it can be read; whatever is wrong is noted. */
  Optional<BatchBlock> run(Verification verification) {
    try {
      BatchBlock parsed = block.parse(partition, bytes);
      long latest = Long.MIN_VALUE;
      for (LogRecord record : block.records(partition, parsed)) {
        latest = Math.max(latest, record.timestamp());
      }
      if (latest != block.maxTimestamp() || latest != parsed.maxTimestamp()) {
        String what =
            "the latest record is of "
                + latest
                + ", but the index says "
                + block.maxTimestamp()
                + " and the block "
                + parsed.maxTimestamp();
        verification.found(block.damage(Damage.Kind.DAMAGED_INDEX, partition, what));
      }
      verification.countData(block.length());
      return Optional.of(parsed);
    } catch (DamagedException e) {
      verification.found(e.damage());
      return Optional.empty();
    }
  }
}
