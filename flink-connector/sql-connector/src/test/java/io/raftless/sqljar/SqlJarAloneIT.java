package io.raftless.sqljar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.raftless.embedded.EmbeddedS3;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar in a class loader that has the JDK's and Flink's classes besides, and no others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SqlJarAloneIT {
  private static final List<String> EXPECTED =
      IntStream.range(0, 1_000).mapToObj(number -> "record " + number).toList();

  private final EmbeddedS3 s3 = EmbeddedS3.inMemory();
  private final URLClassLoader alone;

  SqlJarAloneIT() throws Exception {
    Path testClasses =
        Path.of(RoundTrip.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    alone = SqlJar.alone(List.of(testClasses));
  }

  @BeforeAll
  void theClassLoaderHasNoOtherLibraries() {
    for (String missing :
        List.of(
            "software.amazon.awssdk.services.s3.S3Client",
            "tools.jackson.databind.ObjectMapper",
            "org.apache.hc.core5.http.HttpHost",
            "org.jspecify.annotations.Nullable",
            "io.raftless.embedded.EmbeddedS3")) {
      assertThatThrownBy(() -> alone.loadClass(missing)).isInstanceOf(ClassNotFoundException.class);
    }
  }

  @AfterAll
  void stop() throws Exception {
    alone.close();
    s3.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NONE", "LZ4", "ZSTD"})
  void aLogIsWrittenAndReadThroughTheRelocatedSdk(String compression) throws Exception {
    assertThat(roundTrip(compression, s3Settings())).isEqualTo(EXPECTED);
  }

  @Test
  void aRoleIsAssumedThroughTheRelocatedSdk() throws Exception {
    Queue<String> requests = new ConcurrentLinkedQueue<>();
    HttpServer sts =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    sts.createContext(
        "/",
        exchange -> {
          requests.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          byte[] answer = credentials().getBytes(UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "text/xml");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    sts.start();
    try {
      Map<String, String> settings = s3Settings();
      settings.put("key", "before-the-role");
      settings.put("sts", "http://127.0.0.1:" + sts.getAddress().getPort());
      assertThat(roundTrip("LZ4", settings)).isEqualTo(EXPECTED);
    } finally {
      sts.stop(0);
    }
    assertThat(requests).isNotEmpty().allMatch(request -> request.contains("Action=AssumeRole"));
  }

  private Object roundTrip(String compression, Map<String, String> settings) throws Exception {
    Class<?> type = alone.loadClass(RoundTrip.class.getName());
    assertThat(type).isNotSameAs(RoundTrip.class);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(alone);
    try {
      return type.getMethod("run", String.class, Map.class).invoke(null, compression, settings);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private Map<String, String> s3Settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("endpoint", s3.endpoint().toString());
    settings.put("region", s3.region());
    settings.put("bucket", s3.bucket());
    settings.put("key", s3.accessKeyId());
    settings.put("secret", s3.secretAccessKey());
    return settings;
  }

  private String credentials() {
    return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        + "<AssumeRoleResult><Credentials><AccessKeyId>"
        + s3.accessKeyId()
        + "</AccessKeyId><SecretAccessKey>"
        + s3.secretAccessKey()
        + "</SecretAccessKey><SessionToken>token</SessionToken><Expiration>"
        + Instant.now().plusSeconds(3600)
        + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
  }
}
