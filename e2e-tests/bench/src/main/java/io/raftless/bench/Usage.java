package io.raftless.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What this process has used since {@link #begin}. */
public final class Usage {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  private final Map<Long, Long> allocatedByThread = allocatedByThread();
  private final Map<ProcessHandle, Long> cpuNanosOfChildren = cpuNanosOfChildren();
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

  /** Of those that live, and of those that they started; in ticks of the operating system. */
  private static Map<ProcessHandle, Long> cpuNanosOfChildren() {
    return ProcessHandle.current()
        .descendants()
        .collect(
            Collectors.toMap(
                process -> process,
                process -> process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L)));
  }

  /**
   * Until now. Threads that ended in between have allocated nothing as far as anybody knows, and
   * processes have used nothing: end them later.
   */
  public Used end() {
    long endNanos = System.nanoTime();
    long endCpuNanos = SYSTEM.getProcessCpuTime();
    long childrenNanos = 0;
    for (var child : cpuNanosOfChildren().entrySet()) {
      childrenNanos += child.getValue() - cpuNanosOfChildren.getOrDefault(child.getKey(), 0L);
    }
    long allocated = 0;
    for (var thread : allocatedByThread().entrySet()) {
      allocated += thread.getValue() - allocatedByThread.getOrDefault(thread.getKey(), 0L);
    }
    long mine = endCpuNanos - cpuNanos;
    return new Used(endNanos - nanos, mine, mine + childrenNanos, allocated);
  }

  /**
   * What was used.
   *
   * @param nanos of time
   * @param cpuNanos of all threads, also of the garbage collector and the compilers
   * @param allCpuNanos the same with all processes that were started by this one
   * @param allocatedBytes on the heap
   */
  public record Used(long nanos, long cpuNanos, long allCpuNanos, long allocatedBytes) {

    /** How fast so many records of so many bytes together were, and what CPU time they took. */
    public Sample throughput(long records, long bytes) {
      return Sample.throughput(records, bytes, nanos).and(Metric.CPU, (double) allCpuNanos / bytes);
    }

    /** The same with what they have cost this process. */
    public Sample sample(long records, long bytes) {
      return throughput(records, bytes)
          .and(Metric.RECORDS_PER_CORE, records / (Math.max(1, cpuNanos) / 1e9))
          .and(Metric.ALLOCATION, (double) allocatedBytes / bytes);
    }
  }
}
