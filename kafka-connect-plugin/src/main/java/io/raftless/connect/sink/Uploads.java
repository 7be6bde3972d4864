package io.raftless.connect.sink;

import io.raftless.connect.sink.TaskPartition.Buffered;
import io.raftless.connect.sink.TaskPartition.Chunk;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import io.raftless.log.StagerOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Uploads records in rounds: each makes one object of the records of many partitions of a log. That
 * is apart from appending, *because* an append costs a request per partition, and an object is to
 * be of useful size however many partitions there are. Owned by the task's thread.
 */
final class Uploads {
  /** A stager never uploads by itself, nor waits: a round is what is put into it. */
  private static final int NO_LIMIT = 512 << 20;

  /** Told on the task's thread, with the partitions of a round that failed. */
  interface Failure {
    void failed(TaskPartition partition, Throwable trouble);
  }

  private record Part(TaskPartition partition, int tenure, Chunk chunk) {}

  private record Round(Open open, List<Part> parts, long bytes) {}

  /** What uploads to a log, and the largest record that it takes. */
  private static final class Open {
    private final Stager stager;
    private final int maxRecordBytes;
    private int rounds;

    Open(Stager stager, int maxRecordBytes) {
      this.stager = stager;
      this.maxRecordBytes = maxRecordBytes;
    }
  }

  private final SinkSettings.Memory settings;
  private final Results results;
  private final Failure failure;
  private final SinkMetrics metrics;

  /**
   * Used for round after round, *because* a stager uses the memory again that it encodes records
   * in. Of logs with rounds under way, and of the last one: what others keep would add up.
   */
  private final Map<RaftlessLog, Open> open = new HashMap<>();

  private int inFlight;
  private long bytes;

  Uploads(SinkSettings.Memory settings, Results results, Failure failure, SinkMetrics metrics) {
    this.settings = settings;
    this.results = results;
    this.failure = failure;
    this.metrics = metrics;
  }

  boolean hasRoom() {
    return inFlight < settings.uploadsInFlight();
  }

  int inFlight() {
    return inFlight;
  }

  /** Of how many logs memory is kept. */
  int openLogs() {
    return open.size();
  }

  /** Being uploaded. */
  long bytes() {
    return bytes;
  }

  /**
   * Begins a round.
   *
   * @param from partitions of the log, the most urgent ones first. Of those that are written to the
   *     same partition of the log, only the first takes part
   * @return how many bytes were taken from their buffers
   */
  long start(RaftlessLog log, List<TaskPartition> from) {
    Open current = opened(log);
    Stager stager = current.stager;
    List<Part> parts = new ArrayList<>();
    Set<Integer> taken = new HashSet<>();
    long size = 0;
    CompletableFuture<List<List<StagedBatch>>> staging;
    try {
      for (TaskPartition partition : from) {
        if (size >= settings.objectBytes()) {
          break;
        }
        int number = partition.target.partition();
        if (!partition.hasUploadable() || !taken.add(number)) {
          continue;
        }
        List<Buffered> content = partition.take(settings.objectBytes() - size);
        long contentBytes = content.stream().mapToLong(Buffered::bytes).sum();
        Chunk chunk = new Chunk(content, contentBytes);
        partition.chunks.addLast(chunk);
        parts.add(new Part(partition, partition.tenure, chunk));
        size += contentBytes;
        for (Buffered record : content) {
          stager.add(number, record.record());
        }
      }
      staging = stager.stage();
    } catch (InterruptedException e) {
      forget(log);
      Thread.currentThread().interrupt();
      staging = CompletableFuture.failedFuture(e);
    } catch (RuntimeException e) {
      forget(log);
      staging = CompletableFuture.failedFuture(e);
    }
    inFlight++;
    bytes += size;
    current.rounds++;
    Round round = new Round(current, parts, size);
    CompletableFuture<List<List<StagedBatch>>> uploading = staging;
    results.begin(() -> uploading, (staged, trouble) -> finished(round, staged, trouble));
    return size;
  }

  private Open opened(RaftlessLog log) {
    for (Map.Entry<RaftlessLog, Open> other : List.copyOf(open.entrySet())) {
      if (other.getKey() != log && other.getValue().rounds == 0) {
        forget(other.getKey());
      }
    }
    // It can be changed while we write.
    int maxRecordBytes = log.settings().maxRecordBytes();
    Open before = open.get(log);
    if (before != null && before.maxRecordBytes == maxRecordBytes) {
      return before;
    }
    forget(log);
    Stager stager =
        log.newStager(
            new StagerOptions(
                NO_LIMIT,
                Long.MAX_VALUE / 4,
                settings.uploadsInFlight(),
                settings.compression(),
                StagerOptions.defaults().zstdLevel(),
                maxRecordBytes));
    Open opened = new Open(stager, maxRecordBytes);
    open.put(log, opened);
    return opened;
  }

  /** Drops what was added to a round that does not happen; those under way go on. */
  private void forget(RaftlessLog log) {
    Open before = open.remove(log);
    if (before != null) {
      before.stager.close();
    }
  }

  private void finished(
      Round round, @Nullable List<List<StagedBatch>> staged, @Nullable Throwable trouble) {
    inFlight--;
    bytes -= round.bytes();
    round.open().rounds--;
    if (staged != null) {
      metrics.objects.addAndGet(staged.size());
    }
    for (Part part : round.parts()) {
      TaskPartition partition = part.partition();
      // A result of an earlier tenure: those records were dropped, and are read again.
      if (!partition.is(part.tenure())) {
        continue;
      }
      if (staged == null) {
        failure.failed(partition, trouble == null ? new IllegalStateException() : trouble);
        continue;
      }
      part.chunk().staged =
          staged.stream()
              .flatMap(List::stream)
              .filter(batch -> batch.partition() == partition.target.partition())
              .toList();
    }
  }
}
