package io.raftless.flink.source;

/**
 * What a source does with a record that its deserializer throws at. Only failures of {@link
 * RaftlessDeserializer#deserialize} count, never those of operators behind the source.
 */
public enum OnPoison {
  /** The task fails, naming log, partition and offset. */
  FAIL,
  /**
   * The record is left out: nothing of it is emitted, {@code numRecordsInErrors} counts it, and a
   * warning is written, at most every ten seconds.
   */
  SKIP
}
