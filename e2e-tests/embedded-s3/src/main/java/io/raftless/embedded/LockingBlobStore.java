package io.raftless.embedded;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Striped;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Makes a file-backed S3Proxy store linearizable within this JVM. As shipped, those stores check
 * If-Match before they write and not while (updates get lost), can answer a GET with the ETag of
 * one body and the bytes of the next, and list the temporary files of writes under way.
 *
 * <p>Bodies are received before a lock is taken, so that a slow client blocks nobody. A reader
 * keeps the lock only until its file is open: a write replaces the file, and an open one stays what
 * it was.
 *
 * <p>Locks are taken in this order: {@link #namespace}, then one key.
 */
final class LockingBlobStore extends ForwardingBlobStore {
  /** Enough stripes that hot keys rarely share one; sharing one costs time only. */
  private static final int STRIPES = 1_024;

  private final Striped<Lock> keys = Striped.lock(STRIPES);

  /**
   * Shared by writers. Exclusive for LIST, which must not see temporary files, and for DELETE: it
   * removes directories that became empty, possibly those that a writer has just made sure of.
   */
  private final ReadWriteLock namespace = new ReentrantReadWriteLock();

  LockingBlobStore(BlobStore delegate) {
    super(delegate);
  }

  @Override
  public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
    InputStream body = received(payload, request.contentLength());
    return writing(
        request.bucket(),
        request.key(),
        () -> {
          check(request.bucket(), request.key(), request.ifMatch(), request.ifNoneMatch());
          return delegate().putBlob(request, body);
        });
  }

  @Override
  public CompleteMultipartUploadResponse completeMultipartUpload(
      MultipartUpload upload, CompleteMultipartUploadRequest request) {
    return writing(
        upload.containerName(),
        upload.blobName(),
        () -> {
          check(
              upload.containerName(), upload.blobName(), request.ifMatch(), request.ifNoneMatch());
          return delegate().completeMultipartUpload(upload, request);
        });
  }

  @Override
  public CopyObjectResponse copyBlob(CopyObjectRequest request) {
    List<String> names =
        List.of(
            lockName(request.sourceBucket(), request.sourceKey()),
            lockName(request.destinationBucket(), request.destinationKey()));
    namespace.readLock().lock();
    try {
      // In the order of the stripes, so that two copies in opposite directions cannot deadlock.
      List<Lock> locks = ImmutableList.copyOf(keys.bulkGet(names));
      locks.forEach(Lock::lock);
      try {
        return delegate().copyBlob(request);
      } finally {
        locks.forEach(Lock::unlock);
      }
    } finally {
      namespace.readLock().unlock();
    }
  }

  @Override
  public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
    return locked(namespace.readLock(), () -> delegate().initiateMultipartUpload(request));
  }

  @Override
  public UploadPartResponse uploadMultipartPart(
      MultipartUpload upload, UploadPartRequest request, InputStream payload) {
    InputStream body = received(payload, request.contentLength());
    return locked(
        namespace.readLock(), () -> delegate().uploadMultipartPart(upload, request, body));
  }

  @Override
  public void abortMultipartUpload(MultipartUpload upload) {
    locked(
        namespace.writeLock(),
        () -> {
          delegate().abortMultipartUpload(upload);
          return upload;
        });
  }

  @Override
  public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
    return locked(
        namespace.writeLock(),
        () ->
            locked(keyLock(request.bucket(), request.key()), () -> delegate().removeBlob(request)));
  }

  @Override
  public @Nullable ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
    Lock lock = keyLock(request.bucket(), request.key());
    lock.lock();
    try {
      return delegate().getBlob(request);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable HeadObjectResponse blobMetadata(HeadObjectRequest request) {
    Lock lock = keyLock(request.bucket(), request.key());
    lock.lock();
    try {
      return delegate().blobMetadata(request);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ListObjectsV2Response list(ListObjectsV2Request request) {
    return locked(namespace.writeLock(), () -> delegate().list(request));
  }

  private <T> T writing(String bucket, String key, Supplier<T> write) {
    return locked(namespace.readLock(), () -> locked(keyLock(bucket, key), write));
  }

  private static <T> T locked(Lock lock, Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  private Lock keyLock(String bucket, String key) {
    return keys.get(lockName(bucket, key));
  }

  private static String lockName(String bucket, String key) {
    return bucket + '/' + key;
  }

  /** Answers like S3: 404 for an If-Match on an absent key, 412 for every other violation. */
  private void check(
      String bucket, String key, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
    if (ifMatch == null && ifNoneMatch == null) {
      return;
    }
    HeadObjectResponse current = delegate().blobMetadataIfPresent(bucket, key);
    if (ifMatch != null && current == null) {
      throw S3Exceptions.noSuchKey(bucket, key, "If-Match on an absent key");
    }
    if (ifMatch != null && !matches(ifMatch, current)) {
      throw S3Exceptions.preconditionFailed(null);
    }
    if (ifNoneMatch != null && matches(ifNoneMatch, current)) {
      throw S3Exceptions.preconditionFailed(null);
    }
  }

  private static boolean matches(String condition, @Nullable HeadObjectResponse current) {
    if (current == null) {
      return false;
    }
    return condition.equals("*") || bare(condition).equals(bare(current.eTag()));
  }

  private static String bare(String etag) {
    boolean quoted = etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
    return quoted ? etag.substring(1, etag.length() - 1) : etag;
  }

  /**
   * The whole body. A stream is read to the very end, because that is where S3Proxy verifies
   * checksums; a body that it holds in memory has been verified, and is not copied.
   */
  private static InputStream received(InputStream payload, @Nullable Long length) {
    if (payload instanceof ByteArrayInputStream inMemory
        && length != null
        && inMemory.available() == length) {
      return inMemory;
    }
    try (payload) {
      if (length == null) {
        return new ByteArrayInputStream(payload.readAllBytes());
      }
      // Into the array itself: readNBytes(int) collects pieces, and copies them once more.
      byte[] body = new byte[Math.toIntExact(length)];
      if (payload.readNBytes(body, 0, body.length) < body.length || payload.read() != -1) {
        throw S3Exceptions.invalidRequest(
            "the body has another length than the announced " + length + " bytes");
      }
      return new ByteArrayInputStream(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
