package io.raftless.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.raftless.store.ETag;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import io.raftless.store.s3.FakeS3.Misbehaviour.Answer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(60)
class S3SecurityTest {
  private static final String KEY = "arn:aws:kms:eu-central-1:111122223333:key/1-2-3";
  private static final String ROLE = "arn:aws:iam::111122223333:role/writer";

  private static void write(ObjectStore store) {
    PutOutcome created = store.putIfAbsent("k", UTF_8.encode("1")).join();
    ETag etag = ((PutOutcome.Stored) created).etag();
    assertThat(store.putIfMatch("k", etag, UTF_8.encode("2")).join())
        .isInstanceOf(PutOutcome.Stored.class);
  }

  private static void assertEveryWriteHas(
      ServerSideEncryption encryption,
      @Nullable String algorithm,
      @Nullable String key,
      @Nullable String bucketKey)
      throws IOException {
    try (FakeS3 server = FakeS3.thatWantsQuotedETags();
        ObjectStore store = server.settings().encryption(encryption).build().open()) {
      write(store);
      assertThat(server.requests())
          .filteredOn(request -> request.method().equals("PUT"))
          .as("those of the probe as well")
          .hasSizeGreaterThan(2)
          .allSatisfy(
              put -> {
                assertThat(put.header("x-amz-server-side-encryption")).isEqualTo(algorithm);
                assertThat(put.header("x-amz-server-side-encryption-aws-kms-key-id"))
                    .isEqualTo(key);
                assertThat(put.header("x-amz-server-side-encryption-bucket-key-enabled"))
                    .isEqualTo(bucketKey);
              });
      assertThat(server.requests())
          .filteredOn(request -> !request.method().equals("PUT"))
          .allSatisfy(other -> assertThat(other.header("x-amz-server-side-encryption")).isNull());
    }
  }

  @Test
  void everyWriteNamesTheEncryptionThatWasChosen() throws IOException {
    assertEveryWriteHas(ServerSideEncryption.bucketDefault(), null, null, null);
    assertEveryWriteHas(ServerSideEncryption.managedByS3(), "AES256", null, null);
    assertEveryWriteHas(ServerSideEncryption.kms(KEY), "aws:kms", KEY, "true");
    assertEveryWriteHas(ServerSideEncryption.kms(KEY, false), "aws:kms", KEY, "false");
    assertEveryWriteHas(ServerSideEncryption.kms(""), "aws:kms", null, "true");
  }

  private static List<FakeS3.Request> putsWith(ChecksumMode mode) throws IOException {
    try (FakeS3 server = FakeS3.thatWantsQuotedETags();
        ObjectStore store = server.settings().checksumMode(mode).build().open()) {
      write(store);
      return server.requests().stream().filter(put -> put.method().equals("PUT")).toList();
    }
  }

  @Test
  void overPlainHttpABodyIsSignedByItsSha256() throws IOException {
    for (ChecksumMode mode : List.of(ChecksumMode.WHEN_REQUIRED, ChecksumMode.WHEN_SUPPORTED)) {
      assertThat(putsWith(mode))
          .hasSizeGreaterThan(2)
          .allSatisfy(put -> assertThat(put.header("x-amz-content-sha256")).matches("[0-9a-f]{64}"))
          .last()
          .satisfies(put -> assertThat(put.header("x-amz-content-sha256")).startsWith("d4735e3a"));
    }
  }

  @Test
  void overPlainHttpABodyIsSignedByItsCrcWhereThatIsWanted() throws IOException {
    assertThat(putsWith(ChecksumMode.CRC_INSTEAD_OF_SHA256))
        .hasSizeGreaterThan(2)
        .allSatisfy(
            put -> {
              assertThat(put.header("x-amz-content-sha256")).isEqualTo("UNSIGNED-PAYLOAD");
              assertThat(put.header("Authorization"))
                  .contains("Credential=me/", "host;", ";x-amz-checksum-crc32;", "Signature=");
            })
        .last()
        .satisfies(put -> assertThat(put.header("x-amz-checksum-crc32")).isEqualTo(crc32("2")));
  }

  private static String crc32(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(UTF_8));
    byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void whatCannotBeAKeyOrARoleIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ServerSideEncryption.kms("a key"))
        .withMessageContainingAll("s3 KMS key", "'a key'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AssumedRole.of("arn:aws:iam::1:user/me"))
        .withMessageContainingAll("s3 role", "user/me");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AssumedRole.of(ROLE).withSessionName("a b"))
        .withMessageContainingAll("s3 role session name", "'a b'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AssumedRole.of(ROLE).withExternalId("hidden id"))
        .withMessageNotContaining("hidden");
  }

  @Test
  void requestsAreSignedWithTheKeysOfTheRole() throws IOException {
    try (FakeSts sts = FakeSts.thatGivesKeysFor(3_600);
        FakeS3 server = FakeS3.thatWantsQuotedETags()) {
      AssumedRole role =
          AssumedRole.of(ROLE)
              .withSessionName("me")
              .withExternalId("agreed")
              .withEndpoint(sts.endpoint());
      try (ObjectStore store = server.settings().assumeRole(role).build().open()) {
        write(store);
      }
      assertThat(sts.received())
          .singleElement()
          .asString()
          .contains(
              "Action=AssumeRole", "RoleArn=" + ROLE, "RoleSessionName=me", "ExternalId=agreed");
      assertThat(sts.signatures()).singleElement().asString().contains("Credential=me/");
      assertThat(server.requests())
          .allSatisfy(
              request -> {
                assertThat(request.header("Authorization")).contains("Credential=ASSUMED1/");
                assertThat(request.header("x-amz-security-token")).isEqualTo("token1");
              });
    }
  }

  @Test
  void keysThatAreAboutToExpireAreRenewed() throws IOException {
    try (FakeSts sts = FakeSts.thatGivesKeysFor(5);
        FakeS3 server = FakeS3.thatWantsQuotedETags();
        ObjectStore store =
            server
                .settings()
                .assumeRole(AssumedRole.of(ROLE).withEndpoint(sts.endpoint()))
                .build()
                .open()) {
      write(store);
      String last =
          Objects.requireNonNull(
              server.requests().get(server.requests().size() - 1).header("Authorization"));
      assertThat(sts.received()).hasSizeGreaterThan(1);
      assertThat(last).doesNotContain("Credential=ASSUMED1/").contains("Credential=ASSUMED");
    }
  }

  @Test
  void aRoleThatMayNotBeAssumedIsRefusedWhenTheStoreIsOpened() throws IOException {
    try (FakeSts sts = FakeSts.thatRefuses();
        FakeS3 server = FakeS3.thatWantsQuotedETags()) {
      S3Settings settings =
          server.settings().assumeRole(AssumedRole.of(ROLE).withEndpoint(sts.endpoint())).build();
      assertThatThrownBy(settings::open)
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isFalse())
          .hasMessageContainingAll("not authorized to assume it", "role");
      assertThat(server.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
  void secretsAreInNoMessageNoLogLineAndNoText(String code) throws IOException {
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger ours = (Logger) LoggerFactory.getLogger("io.raftless");
    Logger sdk = (Logger) LoggerFactory.getLogger("software.amazon.awssdk");
    List<Logger> loggers = List.of(ours, sdk);
    root.addAppender(logged);
    // At DEBUG the SDK's signer prints what it signs, session tokens included: docs/security.md.
    sdk.setLevel(Level.INFO);
    ours.setLevel(Level.TRACE);
    StringWriter text = new StringWriter();
    try (FakeSts sts = FakeSts.thatGivesKeysFor(3_600);
        FakeS3 server = FakeS3.thatWantsQuotedETags()) {
      S3Settings settings =
          server
              .settings()
              .credentials("me", "my secret", "my token")
              .assumeRole(
                  AssumedRole.of(ROLE).withExternalId("my-external").withEndpoint(sts.endpoint()))
              .build();
      text.append(settings.toString()).append(settings.role() + "");
      text.append(new StaticCredentials("me", "my secret", "my token").toString());
      Answer refusal = new Answer(403, code);
      try (ObjectStore store = settings.open()) {
        text.append(store.toString());
        server.next(refusal, refusal, refusal);
        for (var call :
            List.of(
                store.putIfAbsent("k", ByteBuffer.allocate(1)),
                store.get("k"),
                store.list("k", null))) {
          call.exceptionally(
                  trouble -> {
                    trouble.printStackTrace(new PrintWriter(text, true));
                    return null;
                  })
              .join();
        }
      }
    } finally {
      root.detachAppender(logged);
      loggers.forEach(logger -> logger.setLevel(null));
    }
    for (ILoggingEvent event : logged.list) {
      text.append(event.getFormattedMessage());
      if (event.getThrowableProxy() != null) {
        text.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
    }
    assertThat(text.toString())
        .contains(code)
        .doesNotContain("my secret", "my token", "my-external", "assumed secret", "token1");
  }
}
