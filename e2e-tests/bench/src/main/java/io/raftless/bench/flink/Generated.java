package io.raftless.bench.flink;

import io.raftless.bench.Payloads;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes values as cheaply as can be. What was made is counted for the whole JVM, which has the
 * cluster in it and runs one job at a time.
 */
final class Generated implements GeneratorFunction<Long, byte[]> {
  private static final long serialVersionUID = 1L;

  /** Counted in steps, since each record is to cost next to nothing. */
  private static final int STEP = 1_024;

  private static final LongAdder MADE = new LongAdder();

  private final long seed;
  private final int bytes;
  private transient @Nullable Payloads payloads;
  private transient int uncounted;

  Generated(long seed, int bytes) {
    this.seed = seed;
    this.bytes = bytes;
  }

  /** Counts from zero again. */
  static void reset() {
    MADE.reset();
  }

  /**
   * Whether so many are made by that many subtasks; a few may be missing, which is a matter of a
   * millisecond.
   */
  static boolean isMade(long records, int subtasks) {
    return MADE.sum() > records - (long) subtasks * STEP;
  }

  @Override
  public void open(SourceReaderContext context) {
    payloads = new Payloads(seed, bytes);
  }

  @Override
  public byte[] map(Long number) {
    if (++uncounted == STEP) {
      MADE.add(STEP);
      uncounted = 0;
    }
    return Objects.requireNonNull(payloads).of(number);
  }
}
