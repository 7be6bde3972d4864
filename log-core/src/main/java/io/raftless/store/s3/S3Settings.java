package io.raftless.store.s3;

import io.raftless.store.ConditionalWriteProbe;
import io.raftless.store.ConditionalWriteProbe.Verdict;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import io.raftless.store.StoreFactory;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;

/**
 * Where a bucket is and how to talk to it. Only the bucket must be given; the rest defaults to
 * Amazon S3 with what the AWS SDK finds in the environment.
 *
 * <p>Secrets are never printed, but they travel with the settings when these are serialized, into a
 * Flink job graph for example. The AWS SDK's default chain leaves them where they are.
 */
public final class S3Settings implements StoreFactory {
  private static final long serialVersionUID = 1L;

  /** What S3-compatible stores sign for unless they are told otherwise. */
  private static final String REGION_OF_CUSTOM_ENDPOINTS = "us-east-1";

  /** Probes of this JVM that are under way or passed, with the ETag style they found. */
  private static final ConcurrentMap<Target, CompletableFuture<ETagStyle>> PROBES =
      new ConcurrentHashMap<>();

  private record Target(
      @Nullable URI endpoint,
      String bucket,
      ETagStyle configured,
      ServerSideEncryption encryption) {}

  private final @Nullable URI endpoint;
  private final @Nullable String region;
  private final String bucket;
  private final boolean pathStyle;
  private final @Nullable StaticCredentials credentials;
  private final @Nullable AssumedRole role;
  private final ServerSideEncryption encryption;
  private final ChecksumMode checksumMode;
  private final ETagStyle etagStyle;
  private final Duration requestTimeout;
  private final int maxConnections;
  private final String probePrefix;

  private S3Settings(Builder builder) {
    endpoint = builder.endpoint;
    region =
        builder.region == null && endpoint != null ? REGION_OF_CUSTOM_ENDPOINTS : builder.region;
    bucket = builder.bucket;
    pathStyle = builder.pathStyle == null ? endpoint != null : builder.pathStyle;
    credentials = builder.credentials;
    role = builder.role;
    encryption = builder.encryption;
    checksumMode = builder.checksumMode;
    etagStyle = builder.etagStyle;
    requestTimeout = builder.requestTimeout;
    maxConnections = builder.maxConnections;
    probePrefix = builder.probePrefix;
  }

  /**
   * Starts from the defaults for one bucket.
   *
   * @throws IllegalArgumentException if that cannot be the name of a bucket
   */
  public static Builder builder(String bucket) {
    return new Builder(bucket);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The first time in this JVM that a bucket is opened, {@link ConditionalWriteProbe} finds out
   * whether it is safe to use.
   */
  @Override
  public ObjectStore open() {
    RequestThreads threads = new RequestThreads(maxConnections);
    S3ObjectStore quoted =
        new S3ObjectStore(connect(), threads, bucket, requestTimeout, encryption, ETagStyle.QUOTED);
    try {
      Target target = new Target(endpoint, bucket, etagStyle, encryption);
      return quoted.with(safeStyle(target, quoted));
    } catch (RuntimeException | Error e) {
      quoted.close();
      throw e;
    }
  }

  /**
   * What the probe of this JVM says. Whoever opens a store while it is probed waits for that probe
   * and hears the same, so that a store that hangs is waited for once and not once for each; only
   * success is remembered.
   */
  private ETagStyle safeStyle(Target target, S3ObjectStore store) {
    CompletableFuture<ETagStyle> mine = new CompletableFuture<>();
    CompletableFuture<ETagStyle> known = PROBES.putIfAbsent(target, mine);
    if (known != null) {
      return await(known);
    }
    try {
      ETagStyle style = probe(store);
      mine.complete(style);
      return style;
    } catch (RuntimeException | Error e) {
      PROBES.remove(target);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private ETagStyle await(CompletableFuture<ETagStyle> probe) {
    try {
      return probe.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StoreException.unavailable("interrupted while waiting for the probe of " + this, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StoreException failure) {
        throw failure;
      }
      throw StoreException.unavailable("the probe of " + this + " broke", e);
    }
  }

  private S3Clients connect() {
    try {
      return S3Clients.of(
          this,
          Credentials.open(credentials, role, region),
          client -> {
            client.forcePathStyle(pathStyle);
            if (endpoint != null) {
              client.endpointOverride(endpoint);
            }
            if (region != null) {
              client.region(Region.of(region));
            }
          });
    } catch (SdkException e) {
      if (e instanceof AwsServiceException answered
          && (answered.statusCode() >= 500 || answered.isThrottlingException())) {
        throw StoreException.unavailable(
            "cannot open " + this + " now: " + role + " cannot be assumed: " + e.getMessage(), e);
      }
      throw StoreException.refused(
          "cannot open "
              + this
              + ": "
              + e.getMessage()
              + "; set the region and the credentials, or provide them where the AWS SDK looks for"
              + " them"
              + (role == null ? "" : "; they must be allowed to assume the role " + role.roleArn()),
          e);
    }
  }

  /** Returns the style that the store is safe to use with. */
  private ETagStyle probe(S3ObjectStore store) {
    ETagStyle first = etagStyle == ETagStyle.AUTO ? ETagStyle.QUOTED : etagStyle;
    Verdict verdict = verdict(store.with(first));
    if (!(verdict instanceof Verdict.Unsafe unsafe)) {
      return first;
    }
    boolean unrecognized =
        switch (unsafe.check()) {
          case REPLACE, NOT_MODIFIED -> true;
          default -> false;
        };
    if (etagStyle == ETagStyle.AUTO
        && unrecognized
        && verdict(store.with(ETagStyle.BARE)) instanceof Verdict.Safe) {
      return ETagStyle.BARE;
    }
    throw unsafe.toException(this);
  }

  private Verdict verdict(ObjectStore store) {
    return new ConditionalWriteProbe(store, probePrefix).verdict();
  }

  /** The endpoint; null for Amazon S3. */
  public @Nullable URI endpoint() {
    return endpoint;
  }

  /** The region; null if the AWS SDK is to find it. */
  public @Nullable String region() {
    return region;
  }

  /** The bucket. */
  public String bucket() {
    return bucket;
  }

  /** Whether the bucket is named in the path and not in the host name. */
  public boolean pathStyle() {
    return pathStyle;
  }

  /** The role that is assumed; null for none. */
  public @Nullable AssumedRole role() {
    return role;
  }

  /** How S3 encrypts what is written. */
  public ServerSideEncryption encryption() {
    return encryption;
  }

  /** When the SDK adds checksums. */
  public ChecksumMode checksumMode() {
    return checksumMode;
  }

  /** How ETags are sent, as configured. */
  public ETagStyle etagStyle() {
    return etagStyle;
  }

  /** How long one attempt of a request with a small body may take. */
  public Duration requestTimeout() {
    return requestTimeout;
  }

  /** How many requests may be under way at a time. */
  public int maxConnections() {
    return maxConnections;
  }

  /** The bucket, behind host and port of the endpoint if there is one of its own. */
  @Override
  public Optional<String> location() {
    if (endpoint == null) {
      return Optional.of(bucket);
    }
    String port = endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort();
    return Optional.of(endpoint.getHost() + port + "/" + bucket);
  }

  @Override
  public String toString() {
    return "s3://" + bucket + (endpoint == null ? "" : " at " + endpoint);
  }

  /** Collects settings; each one is checked when it is set. */
  public static final class Builder {
    /** Names of general purpose and directory buckets, and ARNs and aliases of access points. */
    private static final Pattern BUCKET =
        Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]|arn:[^\\s/][^\\s]*");

    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);
    private static final int MOST_CONNECTIONS = 1_024;

    private final String bucket;
    private @Nullable URI endpoint;
    private @Nullable String region;
    private @Nullable Boolean pathStyle;
    private @Nullable StaticCredentials credentials;
    private @Nullable AssumedRole role;
    private ServerSideEncryption encryption = ServerSideEncryption.bucketDefault();
    private ChecksumMode checksumMode = ChecksumMode.WHEN_REQUIRED;
    private ETagStyle etagStyle = ETagStyle.AUTO;
    private Duration requestTimeout = Duration.ofSeconds(30);
    private int maxConnections = 64;
    private String probePrefix = "";

    private Builder(String bucket) {
      if (!BUCKET.matcher(bucket).matches()) {
        throw new IllegalArgumentException(
            "s3 bucket: '"
                + bucket
                + "' is not the name of a bucket: give the name alone, without"
                + " s3:// and without a path");
      }
      this.bucket = bucket;
    }

    /** Talks to an S3-compatible store instead of Amazon S3. */
    public Builder endpoint(URI endpoint) {
      if (endpoint.getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "s3 endpoint: it carries credentials (not shown): set them as credentials instead");
      }
      boolean http = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
      if (!http
          || endpoint.getHost() == null
          || endpoint.getRawQuery() != null
          || endpoint.getRawFragment() != null) {
        throw new IllegalArgumentException(
            "s3 endpoint: '" + endpoint + "' is not an endpoint: give it as http(s)://host:port");
      }
      this.endpoint = endpoint;
      return this;
    }

    /** The region to sign for; us-east-1 if there is an endpoint, else what the AWS SDK finds. */
    public Builder region(String region) {
      if (!region.matches("[a-zA-Z0-9-]+")) {
        throw new IllegalArgumentException(
            "s3 region: '" + region + "' is not a region: give one such as us-east-1");
      }
      this.region = region;
      return this;
    }

    /** Names the bucket in the path; by default if there is an endpoint. */
    public Builder pathStyle(boolean pathStyle) {
      this.pathStyle = pathStyle;
      return this;
    }

    /** Uses these keys instead of the AWS SDK's default chain. */
    public Builder credentials(String accessKeyId, String secretAccessKey) {
      this.credentials = new StaticCredentials(accessKeyId, secretAccessKey, null);
      return this;
    }

    /** Uses these temporary keys instead of the AWS SDK's default chain. */
    public Builder credentials(String accessKeyId, String secretAccessKey, String sessionToken) {
      this.credentials = new StaticCredentials(accessKeyId, secretAccessKey, sessionToken);
      return this;
    }

    /** Assumes a role with the keys that were given, or that the SDK's chain finds. */
    public Builder assumeRole(AssumedRole role) {
      this.role = Objects.requireNonNull(role, "role");
      return this;
    }

    /** How S3 encrypts what is written; by default as the bucket has it. */
    public Builder encryption(ServerSideEncryption encryption) {
      this.encryption = Objects.requireNonNull(encryption, "encryption");
      return this;
    }

    /** When the SDK adds checksums; by default where S3 demands them only. */
    public Builder checksumMode(ChecksumMode checksumMode) {
      this.checksumMode = Objects.requireNonNull(checksumMode, "checksumMode");
      return this;
    }

    /** How ETags are sent; by default as the store turns out to want them. */
    public Builder etagStyle(ETagStyle etagStyle) {
      this.etagStyle = Objects.requireNonNull(etagStyle, "etagStyle");
      return this;
    }

    /**
     * How long one attempt of a request may take, 30 seconds by default; a second more for every
     * MiB that it carries.
     */
    public Builder requestTimeout(Duration requestTimeout) {
      if (requestTimeout.compareTo(SHORTEST_TIMEOUT) < 0
          || requestTimeout.compareTo(LONGEST_TIMEOUT) > 0) {
        throw new IllegalArgumentException(
            "s3 request time-out: "
                + requestTimeout
                + " is out of range: give "
                + SHORTEST_TIMEOUT
                + " to "
                + LONGEST_TIMEOUT);
      }
      this.requestTimeout = requestTimeout;
      return this;
    }

    /** How many requests may be under way at a time, 64 by default. */
    public Builder maxConnections(int maxConnections) {
      if (maxConnections < 1 || maxConnections > MOST_CONNECTIONS) {
        throw new IllegalArgumentException(
            "s3 max connections: "
                + maxConnections
                + " is out of range: give 1 to "
                + MOST_CONNECTIONS);
      }
      this.maxConnections = maxConnections;
      return this;
    }

    /** Where the probe at start-up writes, for credentials that may not write everywhere. */
    public Builder probePrefix(String probePrefix) {
      if (probePrefix.startsWith("/") || (!probePrefix.isEmpty() && !probePrefix.endsWith("/"))) {
        throw new IllegalArgumentException(
            "s3 probe prefix: '"
                + probePrefix
                + "' is not a prefix: give it as some/path/ with a"
                + " slash at the end and none at the start");
      }
      this.probePrefix = probePrefix;
      return this;
    }

    /** The settings. */
    public S3Settings build() {
      return new S3Settings(this);
    }
  }
}
