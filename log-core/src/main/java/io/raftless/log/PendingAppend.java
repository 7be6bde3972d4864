package io.raftless.log;

import io.raftless.head.AppendRequest;
import io.raftless.index.BatchRef;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An append from the moment it is made until its caller knows. Thread-safe. */
final class PendingAppend {
  private final AppendStream stream;
  private final AppendConditions conditions;
  private final CompletableFuture<Long> baseOffset = new CompletableFuture<>();

  /** Set once, when the upload is durable. */
  private volatile @Nullable AppendRequest request;

  /** Set once, if the upload failed. */
  private volatile @Nullable RuntimeException uploadFailure;

  PendingAppend(AppendStream stream, AppendConditions conditions) {
    this.stream = stream;
    this.conditions = conditions;
  }

  AppendStream stream() {
    return stream;
  }

  /** Completes with the offset of the first record. */
  CompletableFuture<Long> baseOffset() {
    return baseOffset;
  }

  boolean isReady() {
    return request != null;
  }

  synchronized void uploaded(BatchRef batch) {
    if (uploadFailure != null) {
      return; // Told as failed already: it must not be committed any more.
    }
    request =
        new AppendRequest(
            stream,
            stream.fencing(),
            conditions.expectedNextOffset(),
            List.of(batch),
            conditions.position(),
            true);
  }

  void uploadFailed(RuntimeException cause) {
    uploadFailure = cause;
  }

  @Nullable RuntimeException uploadFailure() {
    return uploadFailure;
  }

  AppendRequest request() {
    AppendRequest ready = request;
    if (ready == null) {
      throw new IllegalStateException("the upload is not finished");
    }
    return ready;
  }

  void succeed(List<Long> baseOffsets) {
    baseOffset.complete(baseOffsets.get(0));
  }

  /** The log handle is closed: what is with the store may still land. */
  void failClosed() {
    IllegalStateException closed = new IllegalStateException("the log was closed");
    RuntimeException told;
    synchronized (this) {
      if (isReady()) {
        told =
            new RaftlessException.UnknownOutcome(
                "the log was closed while the append was under way: nobody can tell whether it"
                    + " happened",
                closed);
      } else {
        told =
            new RaftlessException.Failed(
                "the log was closed before the append was made; it did not happen", closed);
        uploadFailure = told;
      }
    }
    stream.poison(told);
    fail(told);
  }

  void fail(Throwable cause) {
    baseOffset.completeExceptionally(cause);
  }

  /** Fails because of what its stream failed of: its own upload, or an earlier request. */
  void failWithStream() {
    RuntimeException own = uploadFailure;
    if (own != null) {
      fail(own);
      return;
    }
    Throwable first = stream.firstFailure();
    fail(
        new RaftlessException.EarlierRequestFailed(
            "not appended, because an earlier request of this writer failed"
                + (first == null ? "" : ": " + first.getMessage()),
            first == null ? new IllegalStateException("the writer went on") : first));
  }
}
