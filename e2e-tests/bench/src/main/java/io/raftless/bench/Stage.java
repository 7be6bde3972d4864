package io.raftless.bench;

import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.store.s3.S3Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

/**
 * Where one experiment takes place: how large it is, a folder that goes with it, and what it
 * started. One thread uses it.
 */
public final class Stage implements AutoCloseable {
  /** For the objects of a round, and those of the one before. */
  private static final String STORE_HEAP = "6g";

  private final Size size;
  private final long seed;
  private final Path folder;
  private final Deque<AutoCloseable> started = new ArrayDeque<>();

  public Stage(Size size, long seed) throws IOException {
    this.size = size;
    this.seed = seed;
    this.folder = Files.createTempDirectory("raftless-bench-");
  }

  /** How much of it. */
  public Size size() {
    return size;
  }

  /** Of all that is random; it is part of the report. */
  public long seed() {
    return seed;
  }

  /** An empty folder at the beginning, gone at the end. */
  public Path folder() {
    return folder;
  }

  /** Closes this at the end, before what was added earlier. */
  public <T extends AutoCloseable> T add(T resource) {
    started.push(resource);
    return resource;
  }

  /** Starts an S3 server in a process of its own, with everything in memory. */
  public EmbeddedS3Process startStore() {
    return add(EmbeddedS3Process.builder().maxHeap(STORE_HEAP).start());
  }

  /** How clients find such a server. */
  public static S3Settings.Builder settings(EmbeddedS3Process server) {
    return S3Settings.builder(server.bucket())
        .endpoint(server.endpoint())
        .region(server.region())
        .pathStyle(true)
        .credentials(server.accessKeyId(), server.secretAccessKey());
  }

  @Override
  public void close() throws IOException {
    IOException trouble = null;
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) {
        if (trouble == null) {
          trouble = new IOException("not everything could be stopped", e);
        } else {
          trouble.addSuppressed(e);
        }
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
    if (trouble != null) {
      throw trouble;
    }
  }
}
