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

  void uploaded(List<BatchRef> batches) {
    request =
        new AppendRequest(
            stream,
            stream.fencing(),
            conditions.expectedNextOffset(),
            batches,
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
