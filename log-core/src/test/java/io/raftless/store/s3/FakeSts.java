package io.raftless.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers AssumeRole with keys that tell how often it was asked. */
final class FakeSts implements AutoCloseable {
  private final HttpServer server;
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final List<String> signatures = new CopyOnWriteArrayList<>();
  private final boolean isRefusing;
  private final long validSeconds;

  private FakeSts(boolean isRefusing, long validSeconds) throws IOException {
    this.isRefusing = isRefusing;
    this.validSeconds = validSeconds;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  static FakeSts thatGivesKeysFor(long seconds) throws IOException {
    return new FakeSts(false, seconds);
  }

  static FakeSts thatRefuses() throws IOException {
    return new FakeSts(true, 0);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The form of each request. */
  List<String> received() {
    return List.copyOf(received);
  }

  /** The Authorization header of each request. */
  List<String> signatures() {
    return List.copyOf(signatures);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      received.add(
          URLDecoder.decode(new String(exchange.getRequestBody().readAllBytes(), UTF_8), UTF_8));
      signatures.add(exchange.getRequestHeaders().getFirst("Authorization"));
      byte[] answer = (isRefusing ? refusal() : keys(received.size())).getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      exchange.sendResponseHeaders(isRefusing ? 403 : 200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private static String refusal() {
    return "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender"
        + "</Type><Code>AccessDenied</Code><Message>not authorized to assume it</Message></Error>"
        + "</ErrorResponse>";
  }

  private String keys(int number) {
    return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        + "<AssumeRoleResult><AssumedRoleUser><AssumedRoleId>R:s</AssumedRoleId><Arn>arn:aws:sts::1:"
        + "assumed-role/r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASSUMED"
        + number
        + "</AccessKeyId><SecretAccessKey>assumed secret</SecretAccessKey><SessionToken>token"
        + number
        + "</SessionToken><Expiration>"
        + Instant.now().plusSeconds(validSeconds)
        + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
