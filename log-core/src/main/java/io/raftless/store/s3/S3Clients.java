package io.raftless.store.s3;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * Two clients on one pool of connections. What is idempotent is repeated by the SDK; a conditional
 * write is sent once, because a repeated one can be refused because of its own first success
 * (aws-sdk-java-v2 issue 6580).
 */
record S3Clients(
    S3Client reading,
    S3Client writing,
    SdkHttpClient http,
    ScheduledExecutorService timers,
    Credentials credentials)
    implements AutoCloseable {
  /** Below what servers keep idle connections for: a write on a closed one has no known outcome. */
  private static final Duration IDLE = Duration.ofSeconds(4);

  /** Enough for three attempts and the pauses between them. */
  private static final int CALL_TIMEOUT_FACTOR = 4;

  /** For a call that the SDK may repeat. */
  static Duration callTimeout(Duration attemptTimeout) {
    return attemptTimeout.multipliedBy(CALL_TIMEOUT_FACTOR);
  }

  /** Takes over {@code credentials}: they are closed with the clients, or now if that fails. */
  static S3Clients of(
      S3Settings settings, Credentials credentials, Consumer<S3ClientBuilder> common) {
    Duration timeout = settings.requestTimeout();
    SdkHttpClient http =
        Apache5HttpClient.builder()
            .maxConnections(settings.maxConnections())
            .socketTimeout(timeout)
            .connectionMaxIdleTime(IDLE)
            .build();
    ScheduledExecutorService timers = newTimers();
    S3ClientBuilder reading = S3Client.builder();
    S3ClientBuilder writing = S3Client.builder();
    for (S3ClientBuilder builder : new S3ClientBuilder[] {reading, writing}) {
      boolean checksums = settings.checksumMode() != ChecksumMode.WHEN_REQUIRED;
      builder
          .httpClient(http)
          .requestChecksumCalculation(
              checksums
                  ? RequestChecksumCalculation.WHEN_SUPPORTED
                  : RequestChecksumCalculation.WHEN_REQUIRED)
          .responseChecksumValidation(
              checksums
                  ? ResponseChecksumValidation.WHEN_SUPPORTED
                  : ResponseChecksumValidation.WHEN_REQUIRED)
          // Bodies are in memory, so they can be hashed before they are sent; not every store
          // understands Amazon's chunks.
          .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build());
      if (settings.checksumMode() == ChecksumMode.CRC_INSTEAD_OF_SHA256) {
        builder.putAuthScheme(new CrcAuthScheme());
      }
      builder.credentialsProvider(credentials.provider());
      common.accept(builder);
    }
    reading.overrideConfiguration(
        ClientOverrideConfiguration.builder()
            .scheduledExecutorService(timers)
            .retryStrategy(AwsRetryStrategy.standardRetryStrategy())
            .apiCallAttemptTimeout(timeout)
            .apiCallTimeout(callTimeout(timeout))
            .build());
    writing.overrideConfiguration(
        ClientOverrideConfiguration.builder()
            .scheduledExecutorService(timers)
            .retryStrategy(AwsRetryStrategy.doNotRetry())
            .apiCallAttemptTimeout(timeout)
            .build());
    try {
      return new S3Clients(reading.build(), writing.build(), http, timers, credentials);
    } catch (RuntimeException e) {
      timers.shutdownNow();
      http.close();
      credentials.close();
      throw e;
    }
  }

  @Override
  public void close() {
    reading.close();
    writing.close();
    timers.shutdownNow();
    http.close();
    credentials.close();
  }

  /**
   * For the time limits of requests, of which nearly all are cancelled. The SDK's own would keep
   * each one until its time has come, a thousand requests later, and wake up a thread for it then.
   */
  private static ScheduledExecutorService newTimers() {
    ScheduledThreadPoolExecutor timers =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "raftless-s3-timeouts");
              thread.setDaemon(true);
              return thread;
            });
    timers.setRemoveOnCancelPolicy(true);
    return timers;
  }
}
