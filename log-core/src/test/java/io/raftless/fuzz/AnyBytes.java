package io.raftless.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.raftless.format.FormatException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * What every decoder owes to any bytes: a value or a FormatException, soon, and in little memory.
 */
final class AnyBytes {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Room for messages and stack traces. */
  private static final long FIXED_BYTES = 8 << 20;

  private static final long BYTES_PER_BYTE = 64;
  private static final long LONGEST_MILLIS = 10_000;

  private AnyBytes() {}

  /** Decodes, and says whether a value came out. */
  static boolean decode(byte[] bytes, Consumer<ByteBuffer> decoder) {
    long limit = FIXED_BYTES + BYTES_PER_BYTE * bytes.length;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    boolean decoded = isDecoded(bytes, decoder);
    if (THREADS.getCurrentThreadAllocatedBytes() - before > limit) {
      // The first time, classes are loaded.
      before = THREADS.getCurrentThreadAllocatedBytes();
      assertThat(isDecoded(bytes, decoder)).isEqualTo(decoded);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
          .as("bytes allocated for %s", HexFormat.of().formatHex(bytes))
          .isLessThan(limit);
    }
    return decoded;
  }

  private static boolean isDecoded(byte[] bytes, Consumer<ByteBuffer> decoder) {
    long started = System.nanoTime();
    boolean decoded;
    try {
      decoder.accept(ByteBuffer.wrap(bytes));
      decoded = true;
    } catch (FormatException e) {
      decoded = false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("on " + HexFormat.of().formatHex(bytes), e);
    }
    assertThat((System.nanoTime() - started) / 1_000_000)
        .as("milliseconds for %s", HexFormat.of().formatHex(bytes))
        .isLessThan(LONGEST_MILLIS);
    return decoded;
  }
}
