package io.raftless.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has used so far: CPU time of all its threads, and bytes allocated by the
 * threads that are alive. Take one before and one after; threads must not end in between.
 *
 * @param nanos of a clock of its own
 * @param cpuNanos of all threads, also of the garbage collector and the compilers
 * @param allocatedBytes on the heap
 */
public record Usage(long nanos, long cpuNanos, long allocatedBytes) {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  /** Until now. */
  public static Usage now() {
    long allocated = 0;
    for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
      allocated += Math.max(0, bytes);
    }
    return new Usage(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated);
  }

  /** From then to now. */
  public Usage since(Usage before) {
    return new Usage(
        nanos - before.nanos,
        cpuNanos - before.cpuNanos,
        Math.max(0, allocatedBytes - before.allocatedBytes));
  }

  /** What so many records of so many bytes together have cost. */
  public Sample sample(long records, long bytes) {
    return Sample.throughput(records, bytes, nanos)
        .and(Metric.RECORDS_PER_CORE, records / (cpuNanos / 1e9))
        .and(Metric.ALLOCATION, (double) allocatedBytes / bytes);
  }
}
