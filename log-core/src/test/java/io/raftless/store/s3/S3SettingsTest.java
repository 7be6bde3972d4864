package io.raftless.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import io.raftless.store.StoreFactory;
import io.raftless.store.s3.FakeS3.Misbehaviour.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3SettingsTest {

  @Test
  void onlyTheBucketMustBeGiven() {
    S3Settings settings = S3Settings.builder("my-bucket").build();
    assertThat(settings.endpoint()).isNull();
    assertThat(settings.region()).isNull();
    assertThat(settings.pathStyle()).isFalse();
    assertThat(settings.checksumMode()).isEqualTo(ChecksumMode.WHEN_REQUIRED);
    assertThat(settings.etagStyle()).isEqualTo(ETagStyle.AUTO);
    assertThat(settings.maxConnections()).isEqualTo(64);
    assertThat(settings).hasToString("s3://my-bucket");
  }

  @Test
  void anEndpointImpliesPathStyleAndARegion() {
    S3Settings settings =
        S3Settings.builder("my-bucket").endpoint(URI.create("http://localhost:9000")).build();
    assertThat(settings.pathStyle()).isTrue();
    assertThat(settings.region()).isEqualTo("us-east-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "s3://bucket", "bucket/path", "bucket name", "-bucket"})
  void whatIsNotTheNameOfABucketIsRefused(String bucket) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Settings.builder(bucket))
        .withMessageContainingAll("s3 bucket", "'" + bucket + "'", "give the name alone");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:9000", "ftp://host", "/path", "http://host?a=b", "http:///x"})
  void whatIsNotAnEndpointIsRefused(String endpoint) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Settings.builder("bucket").endpoint(URI.create(endpoint)))
        .withMessageContainingAll("s3 endpoint", "'" + endpoint + "'", "http(s)://host:port");
  }

  @Test
  void secretsAreNeverPrinted() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> S3Settings.builder("bucket").endpoint(URI.create("http://me:hidden@localhost")))
        .withMessageContaining("carries credentials")
        .withMessageNotContaining("hidden");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Settings.builder("bucket").credentials(" ", "hidden"))
        .withMessageNotContaining("hidden");
    assertThat(S3Settings.builder("bucket").credentials("me", "hidden", "token").build().toString())
        .doesNotContain("hidden", "token");
    assertThat(new StaticCredentials("me", "hidden", "token").toString())
        .doesNotContain("hidden", "token");
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    S3Settings.Builder builder = S3Settings.builder("bucket");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.maxConnections(0))
        .withMessage("s3 max connections: 0 is out of range: give 1 to 1024");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.requestTimeout(Duration.ZERO))
        .withMessageContainingAll("s3 request time-out", "PT0S", "PT0.1S to PT1H");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.region("us east"))
        .withMessageContainingAll("s3 region", "'us east'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.probePrefix("/x"))
        .withMessageContainingAll("s3 probe prefix", "'/x'");
  }

  @Test
  void settingsTravel() throws IOException, ClassNotFoundException {
    try (FakeS3 server = FakeS3.thatWantsQuotedETags()) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
        output.writeObject(server.settings().build());
      }
      try (ObjectInputStream input =
              new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()));
          ObjectStore store = ((StoreFactory) input.readObject()).open()) {
        assertThat(store.get("k").join()).isEqualTo(new GetOutcome.Missing());
      }
    }
  }

  @Test
  void aStoreIsProbedOnceAndLeftClean() throws IOException {
    try (FakeS3 server = FakeS3.thatWantsQuotedETags()) {
      S3Settings settings = server.settings().probePrefix("mine/").build();
      settings.open().close();
      assertThat(server.takeReceived())
          .hasSize(9)
          .allSatisfy(request -> assertThat(request).contains(" mine/.raftless-probe/"))
          .filteredOn(request -> request.startsWith("DELETE"))
          .hasSize(2);
      settings.open().close();
      server.settings().build().open().close();
      assertThat(server.takeReceived()).isEmpty();
    }
  }

  @Test
  void onlySuccessIsRemembered() throws IOException {
    try (FakeS3 server = FakeS3.thatWantsQuotedETags()) {
      S3Settings settings = server.settings().build();
      server.next(new Answer(403, "AccessDenied"));
      assertThatThrownBy(settings::open)
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isFalse())
          .hasMessageContaining("AccessDenied");
      settings.open().close();
      assertThat(server.takeReceived()).isNotEmpty();
    }
  }

  @Test
  void aStoreThatIsNotThereIsUnavailable() throws IOException {
    FakeS3 server = FakeS3.thatWantsQuotedETags();
    server.close();
    assertThatThrownBy(() -> server.settings().build().open())
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isTrue());
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "BARE"})
  void aStoreThatWantsBareETagsGetsThem(ETagStyle style) throws IOException {
    try (FakeS3 server = FakeS3.thatWantsBareETags();
        ObjectStore store = server.settings().etagStyle(style).build().open()) {
      assertReplacesAndPolls(store);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "QUOTED"})
  void aStoreThatWantsQuotedETagsGetsThem(ETagStyle style) throws IOException {
    try (FakeS3 server = FakeS3.thatWantsQuotedETags();
        ObjectStore store = server.settings().etagStyle(style).build().open()) {
      assertReplacesAndPolls(store);
    }
  }

  @Test
  void aStyleThatTheStoreDoesNotTakeIsRefusedWithAdvice() throws IOException {
    try (FakeS3 server = FakeS3.thatWantsBareETags()) {
      assertThatThrownBy(() -> server.settings().etagStyle(ETagStyle.QUOTED).build().open())
          .isInstanceOf(StoreException.class)
          .hasMessageContainingAll(
              "s3://fake-", " at http://127.0.0.1:", "If-Match", "ETag style BARE");
    }
  }

  private static void assertReplacesAndPolls(ObjectStore store) {
    PutOutcome.Stored created = (PutOutcome.Stored) store.putIfAbsent("k", body("1")).join();
    assertThat(store.getIfChanged("k", created.etag()).join())
        .isEqualTo(new GetOutcome.NotModified());
    assertThat(store.putIfMatch("k", created.etag(), body("2")).join())
        .isInstanceOf(PutOutcome.Stored.class);
    assertThat(store.putIfMatch("k", created.etag(), body("3")).join())
        .isInstanceOf(PutOutcome.Conflict.class);
  }

  private static ByteBuffer body(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
