package io.raftless.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.net.BindException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.gaul.shaded.org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * A real S3 server in this JVM, on the loopback interface only. Its conditional PUTs are exact
 * (compare-and-swap of one key by any number of clients loses nothing), its reads are never torn,
 * its listings show finished objects only, and it checks signatures.
 *
 * <p>Like every server that keeps keys as paths, it cannot hold both {@code a} and {@code a/b}. If
 * conditions on DELETE or on completing a multipart upload matter to you, use another one.
 */
public final class EmbeddedS3 implements AutoCloseable {
  static final String HOST = "127.0.0.1";
  static final String DEFAULT_BUCKET = "raftless";
  static final String REGION = "us-east-1";

  /** Longer than a request takes, shorter than a test's patience. */
  private static final long STOP_TIMEOUT_MILLIS = 1_000;

  /** S3Proxy holds a signed, unchunked body of up to this size in memory to verify it. */
  private static final long LARGEST_BODY = 1L << 30;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final S3Proxy server;
  private final BlobStore store;
  private final RequestCounter counter;
  private final S3Address address;

  private EmbeddedS3(Builder builder) {
    store = new LockingBlobStore(builder.backend());
    for (String bucket : builder.buckets) {
      if (!store.containerExists(bucket)) {
        store.createContainer(bucket);
      }
    }
    server =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://" + HOST + ":" + builder.port))
            .awsAuthentication(
                AuthenticationType.AWS_V4, builder.accessKeyId, builder.secretAccessKey)
            .v4MaxNonChunkedRequestSize(LARGEST_BODY)
            .maxSinglePartObjectSize(LARGEST_BODY)
            // Clients send headers that S3Proxy has never heard of; they mean nothing to us.
            .ignoreUnknownHeaders(true)
            .stopTimeout(STOP_TIMEOUT_MILLIS)
            .build();
    counter = countRequestsOf(server);
    start(builder.port);
    address =
        new S3Address(
            URI.create("http://" + HOST + ":" + server.getPort()),
            REGION,
            builder.buckets.iterator().next(),
            builder.accessKeyId,
            builder.secretAccessKey);
  }

  /** S3Proxy builds its HTTP server by itself and shows it to nobody. */
  private static RequestCounter countRequestsOf(S3Proxy proxy) {
    try {
      Field field = S3Proxy.class.getDeclaredField("server");
      field.setAccessible(true);
      Server jetty = (Server) Objects.requireNonNull(field.get(proxy));
      RequestCounter counter = new RequestCounter(jetty.getHandler());
      jetty.setHandler(counter);
      return counter;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of S3Proxy is built otherwise", e);
    }
  }

  private void start(int port) {
    try {
      server.start();
    } catch (Exception e) {
      close();
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof BindException taken) {
          throw new UncheckedIOException(
              "port " + port + " of " + HOST + " is taken: choose another, or 0 for a free one",
              taken);
        }
      }
      throw new IllegalStateException("the embedded S3 server did not start", e);
    }
  }

  /** Starts a server that keeps everything in memory, on a free port, with one bucket. */
  public static EmbeddedS3 inMemory() {
    return builder().start();
  }

  /** Starts a server on a folder, on a free port, with one bucket. */
  public static EmbeddedS3 inFolder(Path folder) {
    return builder().folder(folder).start();
  }

  /** Starts from the defaults: memory, a free port, random credentials, one bucket. */
  public static Builder builder() {
    return new Builder();
  }

  /** Where the server listens: {@code http://127.0.0.1:port}. */
  public URI endpoint() {
    return address.endpoint();
  }

  /** The first bucket that was created at start. */
  public String bucket() {
    return address.bucket();
  }

  /** The region that clients are to sign for. */
  public String region() {
    return address.region();
  }

  /** The access key that clients are to use. */
  public String accessKeyId() {
    return address.accessKeyId();
  }

  /** The secret that clients are to sign with. */
  public String secretAccessKey() {
    return address.secretAccessKey();
  }

  /** The requests since the start or the last reset, exactly. */
  public S3Requests requests() {
    return counter.counts();
  }

  /** Counts from zero again, and returns what was counted until now. */
  public S3Requests resetRequests() {
    return counter.reset();
  }

  S3Address address() {
    return address;
  }

  /** Stops the server and frees its port; what was in memory is gone. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the embedded S3 server did not stop", e);
    } finally {
      store.close();
    }
  }

  /** What a server is made of. Every setting has a default. */
  public static final class Builder {
    private int port;
    private @Nullable Path folder;
    private String accessKeyId = "test" + random(8);
    private String secretAccessKey = random(20);
    private Set<String> buckets = Set.of(DEFAULT_BUCKET);

    private Builder() {}

    /** Listens on this port; 0, the default, is any free one. */
    public Builder port(int port) {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("no port: " + port);
      }
      this.port = port;
      return this;
    }

    /** Keeps objects in this folder instead of in memory; it is created if it is absent. */
    public Builder folder(Path folder) {
      this.folder = folder;
      return this;
    }

    /** Replaces the random credentials. */
    public Builder credentials(String accessKeyId, String secretAccessKey) {
      if (accessKeyId.isBlank() || secretAccessKey.isBlank()) {
        throw new IllegalArgumentException("credentials must not be blank");
      }
      this.accessKeyId = accessKeyId;
      this.secretAccessKey = secretAccessKey;
      return this;
    }

    /** Creates these buckets, unless they are there, instead of the one default. */
    public Builder buckets(String first, String... more) {
      Set<String> names = new LinkedHashSet<>(List.of(more).size() + 1);
      names.add(first);
      names.addAll(List.of(more));
      this.buckets = names;
      return this;
    }

    /**
     * Starts the server.
     *
     * @throws UncheckedIOException if the port is taken or the folder cannot be used
     */
    public EmbeddedS3 start() {
      return new EmbeddedS3(this);
    }

    private BlobStore backend() {
      if (folder == null) {
        return new TransientNio2BlobStore();
      }
      try {
        Files.createDirectories(folder);
        requireExtendedAttributes(folder);
        return new FilesystemNio2BlobStore(folder.toAbsolutePath().toString());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot keep objects in " + folder, e);
      }
    }

    /** ETags live there: without them there is nothing to compare an If-Match with. */
    private static void requireExtendedAttributes(Path folder) throws IOException {
      Path probe = Files.createTempFile(folder, ".attributes", "");
      try {
        UserDefinedFileAttributeView view =
            Files.getFileAttributeView(probe, UserDefinedFileAttributeView.class);
        if (view == null) {
          throw new IOException("its file system has no extended attributes");
        }
        view.write("probe", ByteBuffer.wrap("1".getBytes(StandardCharsets.UTF_8)));
      } catch (IOException e) {
        throw new IOException("its file system takes no extended attributes: use another", e);
      } finally {
        Files.delete(probe);
      }
    }

    private static String random(int bytes) {
      byte[] random = new byte[bytes];
      RANDOM.nextBytes(random);
      return HexFormat.of().formatHex(random);
    }
  }
}
