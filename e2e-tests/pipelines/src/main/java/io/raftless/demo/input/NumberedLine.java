package io.raftless.demo.input;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * A line on its way to the log. Its number, from 0, is its identity, so that equal lines can be
 * told apart. A Flink POJO: that is why its fields are public and change.
 */
public class NumberedLine {
  /** What Flink needs to know to move it between tasks. */
  public static final TypeInformation<NumberedLine> TYPE = Types.POJO(NumberedLine.class);

  public long number;
  public byte[] bytes = {};
  public byte[] key = {};

  public NumberedLine() {}

  public NumberedLine(long number, byte[] bytes, byte[] key) {
    this.number = number;
    this.bytes = bytes;
    this.key = key;
  }
}
