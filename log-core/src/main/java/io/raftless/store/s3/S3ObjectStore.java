package io.raftless.store.s3;

import io.raftless.store.BodyReader;
import io.raftless.store.ETag;
import io.raftless.store.FolderPage;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import io.raftless.store.WholeBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** One bucket of an S3 store. Requests wait on threads of their own, see {@link RequestThreads}. */
final class S3ObjectStore implements ObjectStore {
  private static final String MEDIA_TYPE = "application/octet-stream";

  /** What a request may take beyond the time-out for every MiB of its body. */
  private static final Duration PER_MEBIBYTE = Duration.ofSeconds(1);

  /** How often an object may change while we ask for a range and then for its length. */
  private static final int RANGE_ATTEMPTS = 3;

  private final S3Clients clients;
  private final RequestThreads threads;
  private final String bucket;
  private final Duration requestTimeout;
  private final ServerSideEncryption encryption;

  /** Never {@link ETagStyle#AUTO}. */
  private final ETagStyle etagStyle;

  S3ObjectStore(
      S3Clients clients,
      RequestThreads threads,
      String bucket,
      Duration requestTimeout,
      ServerSideEncryption encryption,
      ETagStyle etagStyle) {
    this.clients = clients;
    this.threads = threads;
    this.bucket = bucket;
    this.requestTimeout = requestTimeout;
    this.encryption = encryption;
    this.etagStyle = etagStyle;
  }

  /** The same store, sharing everything, that sends ETags in this style. */
  S3ObjectStore with(ETagStyle style) {
    return new S3ObjectStore(clients, threads, bucket, requestTimeout, encryption, style);
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return threads.submit(() -> read(key, request -> {}));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return threads.submit(() -> read(key, request -> request.ifNoneMatch(header(known))));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    requireRange(offset, length);
    return threads.submit(
        () ->
            readRange(key, offset, length, WholeBody.READER)
                .map(received -> found(key, received))
                .orElseGet(GetOutcome.Missing::new));
  }

  @Override
  public <T> CompletableFuture<Optional<T>> getRange(
      String key, long offset, int length, BodyReader<T> reader) {
    requireRange(offset, length);
    return threads.submit(() -> readRange(key, offset, length, reader).map(Received::body));
  }

  private static void requireRange(long offset, int length) {
    if (offset < 0 || length < 1) {
      throw new IllegalArgumentException("no range: offset " + offset + ", length " + length);
    }
  }

  private GetOutcome read(String key, Consumer<GetObjectRequest.Builder> condition) {
    try {
      return found(key, getObject(key, condition, S3ObjectStore::asAWhole));
    } catch (RuntimeException e) {
      S3Failure failure = S3Failure.of(e);
      if (failure.isNotModified()) {
        return new GetOutcome.NotModified();
      }
      throwUnlessMissing(failure, key);
      return new GetOutcome.Missing();
    }
  }

  private <T> Optional<Received<T>> readRange(
      String key, long offset, int length, BodyReader<T> reader) {
    Consumer<GetObjectRequest.Builder> range =
        request ->
            request
                .range("bytes=" + offset + "-" + (offset + length - 1))
                .overrideConfiguration(
                    o ->
                        o.apiCallAttemptTimeout(attemptTimeout(length))
                            .apiCallTimeout(S3Clients.callTimeout(attemptTimeout(length))));
    Receiver<T> receiver =
        (response, stream) -> {
          Long announced = response.contentLength();
          if (response.contentRange() != null && announced != null) {
            return reader.read(stream, Math.toIntExact(announced));
          }
          ByteBuffer body = asAWhole(response, stream);
          return reader.read(response.contentRange() == null ? cut(body, offset, length) : body);
        };
    for (int attempt = 1; ; attempt++) {
      try {
        return Optional.of(getObject(key, range, receiver));
      } catch (RuntimeException e) {
        S3Failure failure = S3Failure.of(e);
        if (!failure.isBeyondTheEnd()) {
          throwUnlessMissing(failure, key);
          return Optional.empty();
        }
        Optional<HeadObjectResponse> head = head(key);
        if (head.isEmpty()) {
          return Optional.empty();
        }
        // If it has become longer in between, or does not say, the range must be read.
        Long atPresent = head.get().contentLength();
        if (atPresent != null && atPresent <= offset) {
          return Optional.of(pastTheEnd(head.get(), reader));
        }
        if (attempt == RANGE_ATTEMPTS) {
          throw StoreException.unavailable(
              "cannot read " + at(key) + " now: it grows while we read", e);
        }
      }
    }
  }

  /** A 416 comes without an ETag, so the object is asked for it. */
  private static <T> Received<T> pastTheEnd(HeadObjectResponse head, BodyReader<T> reader) {
    T nothing = reader.read(ByteBuffer.allocate(0).asReadOnlyBuffer());
    return new Received<>(nothing, head.eTag(), head);
  }

  private Optional<HeadObjectResponse> head(String key) {
    try {
      return Optional.of(clients.reading().headObject(r -> r.bucket(bucket).key(key)));
    } catch (RuntimeException e) {
      S3Failure failure = S3Failure.of(e);
      // A HEAD has no body to carry an error code; the GET before it has met the bucket.
      if (failure.status() != 404) {
        throwUnlessMissing(failure, key);
      }
      return Optional.empty();
    }
  }

  private <T> Received<T> getObject(
      String key, Consumer<GetObjectRequest.Builder> details, Receiver<T> receiver) {
    GetObjectRequest.Builder request = GetObjectRequest.builder().bucket(bucket).key(key);
    details.accept(request);
    ResponseTransformer<GetObjectResponse, Received<T>> receive =
        (response, stream) ->
            new Received<>(toTheEnd(receiver, response, stream), response.eTag(), response);
    return clients.reading().getObject(request.build(), receive);
  }

  /** To the very end: checksums are there. */
  private static <T> T toTheEnd(
      Receiver<T> receiver, GetObjectResponse response, InputStream stream) {
    try {
      T received = receiver.receive(response, stream);
      if (stream.read() != -1) {
        throw new IOException("the body is longer than announced: " + response.contentLength());
      }
      return received;
    } catch (IOException e) {
      // The type tells the SDK that it may try again.
      throw RetryableException.create("the body could not be read", e);
    }
  }

  /** Copies the body once if its length is known. */
  private static ByteBuffer asAWhole(GetObjectResponse response, InputStream stream)
      throws IOException {
    Long length = response.contentLength();
    return length == null
        ? ByteBuffer.wrap(stream.readAllBytes())
        : WholeBody.READER.read(stream, Math.toIntExact(length));
  }

  /** For stores that answer a ranged read with the whole object, as HTTP allows. */
  private static ByteBuffer cut(ByteBuffer body, long offset, int length) {
    int from = (int) Math.min(offset, body.remaining());
    return body.slice(from, Math.min(length, body.remaining() - from));
  }

  private GetOutcome found(String key, Received<ByteBuffer> received) {
    return new GetOutcome.Found(
        etag(received.etag(), key),
        received.body(),
        storeDate(received.response().sdkHttpResponse()));
  }

  private void throwUnlessMissing(S3Failure failure, String key) {
    if (failure.isMissingKey()) {
      return;
    }
    if (failure.cause() instanceof StoreException e) {
      throw e;
    }
    throw failure.toException("read", at(key));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return threads.submit(() -> write(key, null, List.of(body)));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    return threads.submit(() -> write(key, null, parts));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return threads.submit(() -> write(key, expected, List.of(body)));
  }

  private PutOutcome write(String key, @Nullable ETag expected, List<ByteBuffer> parts) {
    long length = parts.stream().mapToLong(ByteBuffer::remaining).sum();
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(bucket)
            .key(key)
            .overrideConfiguration(o -> o.apiCallAttemptTimeout(attemptTimeout(length)));
    encryption.applyTo(request);
    if (expected == null) {
      request.ifNoneMatch("*");
    } else {
      request.ifMatch(header(expected));
    }
    RequestBody content =
        RequestBody.fromContentProvider(() -> ByteBufferInputStream.of(parts), length, MEDIA_TYPE);
    try {
      String etag = clients.writing().putObject(request.build(), content).eTag();
      return etag == null
          ? new PutOutcome.Unknown(StoreException.refused("no ETag for " + at(key)))
          : new PutOutcome.Stored(ETag.fromHeader(etag));
    } catch (RuntimeException e) {
      return S3Failure.of(e).outcomeOfWrite(expected != null, at(key));
    } catch (Error e) {
      // The request may be out already, so that even now "failed" would be a guess.
      return new PutOutcome.Unknown(e);
    }
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return threads.submit(() -> listPage(prefix, continuation));
  }

  private ListPage listPage(String prefix, @Nullable String continuation) {
    try {
      ListObjectsV2Response page =
          clients
              .reading()
              .listObjectsV2(r -> r.bucket(bucket).prefix(prefix).continuationToken(continuation));
      List<ListPage.ListedObject> objects =
          page.contents().stream()
              .map(o -> new ListPage.ListedObject(o.key(), o.size(), o.lastModified()))
              .toList();
      return new ListPage(objects, page.nextContinuationToken());
    } catch (RuntimeException e) {
      throw S3Failure.of(e).toException("list", at(prefix));
    }
  }

  @Override
  public CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation) {
    FolderPage.requireFolder(prefix);
    return threads.submit(() -> folderPage(prefix, continuation));
  }

  private FolderPage folderPage(String prefix, @Nullable String continuation) {
    try {
      ListObjectsV2Response page =
          clients
              .reading()
              .listObjectsV2(
                  r ->
                      r.bucket(bucket)
                          .prefix(prefix)
                          .delimiter("/")
                          .continuationToken(continuation));
      return new FolderPage(
          page.commonPrefixes().stream().map(CommonPrefix::prefix).toList(),
          page.nextContinuationToken());
    } catch (RuntimeException e) {
      throw S3Failure.of(e).toException("list", at(prefix));
    }
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return threads.submit(
        () -> {
          deleteObject(key);
          return null;
        });
  }

  private void deleteObject(String key) {
    try {
      clients.reading().deleteObject(r -> r.bucket(bucket).key(key));
    } catch (RuntimeException e) {
      S3Failure failure = S3Failure.of(e);
      if (!failure.isMissingKey()) {
        throw failure.toException("delete", at(key));
      }
    }
  }

  @Override
  public void close() {
    threads.close();
    clients.close();
  }

  @Override
  public String toString() {
    return "s3://" + bucket;
  }

  private String header(ETag etag) {
    return etagStyle == ETagStyle.BARE ? etag.value() : etag.quoted();
  }

  private ETag etag(@Nullable String header, String key) {
    if (header == null || header.isEmpty()) {
      throw StoreException.refused(
          "the store sent "
              + at(key)
              + " without an ETag: without ETags nothing can be replaced"
              + " safely, use another store");
    }
    return ETag.fromHeader(header);
  }

  private String at(String key) {
    return "s3://" + bucket + "/" + key;
  }

  private Duration attemptTimeout(long bytes) {
    return requestTimeout.plus(PER_MEBIBYTE.multipliedBy(bytes >> 20));
  }

  private static @Nullable Instant storeDate(SdkHttpResponse response) {
    String date = response.firstMatchingHeader("Date").orElse(null);
    if (date == null) {
      return null;
    }
    try {
      return DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private interface Receiver<T> {
    T receive(GetObjectResponse response, InputStream stream) throws IOException;
  }

  /** What was made of a body, and what came with it. */
  private record Received<T>(T body, @Nullable String etag, SdkResponse response) {}
}
