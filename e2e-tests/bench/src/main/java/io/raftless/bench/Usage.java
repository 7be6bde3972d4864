package io.raftless.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/** What this process has used since {@link #begin}. */
public final class Usage {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  private final Map<Long, Long> allocatedByThread = allocatedByThread();
  private final long cpuNanos = SYSTEM.getProcessCpuTime();
  private final long nanos = System.nanoTime();

  private Usage() {}

  /** From now on. */
  public static Usage begin() {
    return new Usage();
  }

  private static Map<Long, Long> allocatedByThread() {
    long[] ids = THREADS.getAllThreadIds();
    long[] bytes = THREADS.getThreadAllocatedBytes(ids);
    Map<Long, Long> allocated = new HashMap<>();
    for (int i = 0; i < ids.length; i++) {
      allocated.put(ids[i], bytes[i]);
    }
    return allocated;
  }

  /**
   * Until now. Threads that ended in between have allocated nothing as far as anybody knows: end
   * them later.
   */
  public Used end() {
    long endNanos = System.nanoTime();
    long endCpuNanos = SYSTEM.getProcessCpuTime();
    long allocated = 0;
    for (var thread : allocatedByThread().entrySet()) {
      allocated += thread.getValue() - allocatedByThread.getOrDefault(thread.getKey(), 0L);
    }
    return new Used(endNanos - nanos, endCpuNanos - cpuNanos, allocated);
  }

  /**
   * What was used.
   *
   * @param nanos of time
   * @param cpuNanos of all threads, also of the garbage collector and the compilers
   * @param allocatedBytes on the heap
   */
  public record Used(long nanos, long cpuNanos, long allocatedBytes) {

    /** What so many records of so many bytes together have cost. */
    public Sample sample(long records, long bytes) {
      return Sample.throughput(records, bytes, nanos)
          .and(Metric.RECORDS_PER_CORE, records / (Math.max(1, cpuNanos) / 1e9))
          .and(Metric.ALLOCATION, (double) allocatedBytes / bytes);
    }
  }
}
