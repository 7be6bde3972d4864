package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The default partitioner. Its hash is part of our compatibility promise: a job that is upgraded
 * must find each key in the partition where it was before. XXH64 is specified and frozen, and its
 * implementation comes with the LZ4 library that batch blocks need anyway.
 */
final class KeyHashPartitioner<T> implements RaftlessPartitioner<T> {
  private static final long serialVersionUID = 1L;
  private static final long SEED = 0;

  /** Where the next record without a key goes. Owned by the writer's thread. */
  private int nextWithoutKey;

  @Override
  public int partition(T element, LogRecord record, int partitions) {
    byte[] key = record.key();
    if (key == null) {
      int partition = nextWithoutKey % partitions;
      nextWithoutKey = partition + 1;
      return partition;
    }
    // The Java implementation, not the native one: a task manager needs no temporary file for it.
    long hash = XXHashFactory.fastestJavaInstance().hash64().hash(key, 0, key.length, SEED);
    return (int) Long.remainderUnsigned(hash, partitions);
  }

  @Override
  public boolean isRepeatable(T element, LogRecord record) {
    return record.key() != null;
  }
}
