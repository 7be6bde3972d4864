package io.raftless.bench.raw;

import io.raftless.embedded.EmbeddedS3Process;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * The AWS SDK as the log uses it (the same HTTP client, checksums and signatures; see {@code
 * S3Clients}), and nothing of the log.
 */
public final class RawS3 implements RawRequests, AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(4);

  private final String bucket;
  private final SdkHttpClient http;
  private final S3Client client;
  private final AtOnce atOnce;

  /**
   * Connects.
   *
   * @param concurrency how many requests are under way at once
   */
  public RawS3(EmbeddedS3Process server, int concurrency) {
    bucket = server.bucket();
    http =
        Apache5HttpClient.builder().maxConnections(concurrency).connectionMaxIdleTime(IDLE).build();
    client =
        S3Client.builder()
            .httpClient(http)
            .endpointOverride(server.endpoint())
            .region(Region.of(server.region()))
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(server.accessKeyId(), server.secretAccessKey())))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
            .build();
    atOnce = new AtOnce(concurrency);
  }

  @Override
  public void put(String key, byte[] body) {
    client.putObject(
        request -> request.bucket(bucket).key(key).ifNoneMatch("*"),
        RequestBody.fromContentProvider(
            () -> new java.io.ByteArrayInputStream(body), body.length, "application/octet-stream"));
  }

  @Override
  public ByteBuffer get(String key, long offset, int length) {
    return client.getObject(
        request ->
            request.bucket(bucket).key(key).range("bytes=" + offset + "-" + (offset + length - 1)),
        ResponseTransformer.unmanaged(
            (response, stream) -> {
              try (stream) {
                byte[] bytes = new byte[length];
                if (stream.readNBytes(bytes, 0, length) < length || stream.read() != -1) {
                  throw new IOException("the range has another length than " + length);
                }
                return ByteBuffer.wrap(bytes);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }));
  }

  /** Deletes an object. */
  public void delete(String key) {
    client.deleteObject(request -> request.bucket(bucket).key(key));
  }

  @Override
  public void each(int times, IntConsumer action) throws InterruptedException, ExecutionException {
    atOnce.each(times, action);
  }

  @Override
  public void close() {
    atOnce.close();
    client.close();
    http.close();
  }
}
