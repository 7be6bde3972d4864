package io.raftless.demo.verify;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.jspecify.annotations.Nullable;

/**
 * A record as the log had it. A Flink POJO: that is why its fields are public and change; nobody
 * changes them here.
 */
public class ReadBack {
  /** What Flink needs to know to move it between tasks. */
  public static final TypeInformation<ReadBack> TYPE = Types.POJO(ReadBack.class);

  /** Stands for the number of a line that the record does not name. */
  static final long NO_LINE = -1;

  public int partition;
  public long line = NO_LINE;
  public byte @Nullable [] key;
  public byte @Nullable [] value;

  public ReadBack() {}

  public ReadBack(int partition, long line, byte @Nullable [] key, byte @Nullable [] value) {
    this.partition = partition;
    this.line = line;
    this.key = key;
    this.value = value;
  }
}
