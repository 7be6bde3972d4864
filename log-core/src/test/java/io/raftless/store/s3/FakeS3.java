package io.raftless.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A small S3 server that misbehaves on demand. It checks no signatures, ignores ranges, and takes
 * ETags in one style only.
 */
final class FakeS3 implements AutoCloseable {
  /** What it does with a request instead of serving it well. */
  sealed interface Misbehaviour {
    /** Answers so and does not serve. */
    record Answer(int status, String code) implements Misbehaviour {}

    /** Neither serves nor answers. */
    record Hang() implements Misbehaviour {}

    /** Closes the connection without an answer. */
    record Close() implements Misbehaviour {}

    /** Serves, then closes the connection without an answer. */
    record ServeAndClose() implements Misbehaviour {}

    /** Serves the range that is asked for, and closes the connection in the middle of the body. */
    record BreakOff() implements Misbehaviour {}

    /** Serves, then answers without an ETag. */
    record ServeWithoutETag() implements Misbehaviour {}
  }

  private record Stored(String etag, ByteBuffer body) {}

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /**
   * A bucket of its own for each: ports are used again, and a JVM remembers which bucket at which
   * address it has probed.
   */
  private final String bucket = "fake-" + UUID.randomUUID();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final boolean bareETags;
  private final Map<String, Stored> objects = new ConcurrentHashMap<>();
  private final AtomicInteger nextETag = new AtomicInteger();
  private final Queue<Misbehaviour> misbehaviours = new ConcurrentLinkedQueue<>();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /** A request with what S3 would look at. */
  record Request(String method, String key, Headers headers) {
    @Nullable String header(String name) {
      return headers.getFirst(name);
    }
  }

  private FakeS3(boolean bareETags) throws IOException {
    this.bareETags = bareETags;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  static FakeS3 thatWantsQuotedETags() throws IOException {
    return new FakeS3(false);
  }

  static FakeS3 thatWantsBareETags() throws IOException {
    return new FakeS3(true);
  }

  URI endpoint() {
    return URI.create(
        "http://"
            + server.getAddress().getAddress().getHostAddress()
            + ":"
            + server.getAddress().getPort());
  }

  /** Where an object is, as messages name it. */
  String location(String key) {
    return "s3://" + bucket + "/" + key;
  }

  S3Settings.Builder settings() {
    return S3Settings.builder(bucket).endpoint(endpoint()).credentials("me", "my secret");
  }

  /** Misbehaves in this way at the next requests, one after the other. */
  void next(Misbehaviour... next) {
    misbehaviours.addAll(List.of(next));
  }

  /** The requests since the last call, as "METHOD key". */
  List<String> takeReceived() {
    List<String> taken = List.copyOf(received);
    received.clear();
    return taken;
  }

  /** All requests so far. */
  List<Request> requests() {
    return List.copyOf(requests);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String key = exchange.getRequestURI().getPath().substring(bucket.length() + 2);
      received.add(exchange.getRequestMethod() + " " + key);
      requests.add(new Request(exchange.getRequestMethod(), key, exchange.getRequestHeaders()));
      Misbehaviour misbehaviour = misbehaviours.poll();
      if (misbehaviour == null) {
        serve(exchange, key, body).send(exchange, true);
      } else if (misbehaviour instanceof Misbehaviour.Answer answer) {
        Response.error(answer.status(), answer.code()).send(exchange, true);
      } else if (misbehaviour instanceof Misbehaviour.Hang) {
        closed.await();
      } else if (misbehaviour instanceof Misbehaviour.ServeAndClose) {
        serve(exchange, key, body);
      } else if (misbehaviour instanceof Misbehaviour.BreakOff) {
        breakOff(exchange, key);
      } else if (misbehaviour instanceof Misbehaviour.ServeWithoutETag) {
        serve(exchange, key, body).send(exchange, false);
      }
      // What is left is Close: the exchange ends without a response.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void breakOff(HttpExchange exchange, String key) throws IOException {
    Stored stored = Objects.requireNonNull(objects.get(key));
    String range = exchange.getRequestHeaders().getFirst("Range").replace("bytes=", "");
    int from = Integer.parseInt(range.substring(0, range.indexOf('-')));
    int length = Integer.parseInt(range.substring(range.indexOf('-') + 1)) - from + 1;
    exchange.getResponseHeaders().set("ETag", sent(stored));
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + range + "/" + stored.body.capacity());
    exchange.sendResponseHeaders(206, length);
    byte[] half = new byte[length / 2];
    stored.body.get(from, half);
    exchange.getResponseBody().write(half);
    exchange.getResponseBody().flush();
  }

  private synchronized Response serve(HttpExchange exchange, String key, byte[] body) {
    Stored current = objects.get(key);
    String ifMatch = exchange.getRequestHeaders().getFirst("If-Match");
    String ifNoneMatch = exchange.getRequestHeaders().getFirst("If-None-Match");
    switch (exchange.getRequestMethod()) {
      case "PUT" -> {
        if (ifMatch != null && current == null) {
          return Response.error(404, "NoSuchKey");
        }
        if ((ifMatch != null && !ifMatch.equals(sent(current)))
            || ("*".equals(ifNoneMatch) && current != null)) {
          return Response.error(412, "PreconditionFailed");
        }
        Stored stored = new Stored("e" + nextETag.incrementAndGet(), ByteBuffer.wrap(body));
        objects.put(key, stored);
        return new Response(200, sent(stored), NOTHING);
      }
      case "GET" -> {
        if (current == null) {
          return Response.error(404, "NoSuchKey");
        }
        if (ifNoneMatch != null && ifNoneMatch.equals(sent(current))) {
          return new Response(304, sent(current), NOTHING);
        }
        return new Response(200, sent(current), current.body);
      }
      case "DELETE" -> {
        objects.remove(key);
        return new Response(204, null, NOTHING);
      }
      default -> {
        return Response.error(405, "MethodNotAllowed");
      }
    }
  }

  private @Nullable String sent(@Nullable Stored stored) {
    if (stored == null) {
      return null;
    }
    return bareETags ? stored.etag : '"' + stored.etag + '"';
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private record Response(int status, @Nullable String etag, ByteBuffer body) {

    static Response error(int status, String code) {
      String body =
          code.isEmpty()
              ? ""
              : "<?xml version=\"1.0\"?><Error><Code>"
                  + code
                  + "</Code><Message>no</Message></Error>";
      return new Response(status, null, UTF_8.encode(body));
    }

    void send(HttpExchange exchange, boolean withETag) {
      try {
        if (etag != null && withETag) {
          exchange.getResponseHeaders().set("ETag", etag);
        }
        exchange.sendResponseHeaders(status, body.hasRemaining() ? body.remaining() : -1);
        if (body.hasRemaining()) {
          ByteBufferInputStream.of(List.of(body)).transferTo(exchange.getResponseBody());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
