package io.raftless.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what was started, the latest first, when it is closed itself or when the JVM ends: Ctrl-C
 * must not leave an S3 server behind.
 */
final class Cleanup implements AutoCloseable {
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final Thread hook = new Thread(this::closeBecauseTheJvmEnds, "raftless-cleanup");
  private volatile boolean jvmEnds;

  Cleanup() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  synchronized <T extends AutoCloseable> T add(T resource) {
    started.push(resource);
    return resource;
  }

  private void closeBecauseTheJvmEnds() {
    jvmEnds = true;
    closeAll();
  }

  /** Whether things were closed under the hands of whoever used them. */
  boolean jvmEnds() {
    return jvmEnds;
  }

  private synchronized void closeAll() {
    while (!started.isEmpty()) {
      AutoCloseable resource = started.pop();
      try {
        resource.close();
      } catch (Exception e) {
        logger().warn("cannot stop {}", resource, e);
      }
    }
  }

  /** Not a constant: the command line says where to log to, so nobody may ask too early. */
  private static Logger logger() {
    return LoggerFactory.getLogger(Cleanup.class);
  }

  @Override
  public void close() {
    closeAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook finds nothing left to do.
    }
  }
}
