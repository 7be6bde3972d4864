package io.raftless.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

class EmbeddedS3Test {
  @TempDir private Path folder;

  @Test
  void everyRequestIsCountedOnceUnderItsKindAndByItsAnswer() {
    try (EmbeddedS3 server = EmbeddedS3.inMemory();
        S3Client client = TestClients.of(server)) {
      String bucket = server.bucket();
      String etag = client.putObject(r -> r.bucket(bucket).key("a/b"), body("1")).eTag();
      client.putObject(r -> r.bucket(bucket).key("a/b").ifMatch(etag), body("2"));
      assertStatus(
          412, c -> c.putObject(r -> r.bucket(bucket).key("a/b").ifMatch(etag), body("3")), client);
      assertStatus(
          412,
          c -> c.putObject(r -> r.bucket(bucket).key("a/b").ifNoneMatch("*"), body("4")),
          client);
      assertStatus(
          404, c -> c.putObject(r -> r.bucket(bucket).key("a/c").ifMatch(etag), body("5")), client);
      String latest = client.headObject(r -> r.bucket(bucket).key("a/b")).eTag();
      assertThat(client.getObjectAsBytes(r -> r.bucket(bucket).key("a/b")).asUtf8String())
          .isEqualTo("2");
      assertStatus(
          304,
          c -> c.getObjectAsBytes(r -> r.bucket(bucket).key("a/b").ifNoneMatch(latest)),
          client);
      assertStatus(404, c -> c.getObjectAsBytes(r -> r.bucket(bucket).key("a/c")), client);
      client.listObjectsV2(r -> r.bucket(bucket).prefix("a/"));
      client.deleteObject(r -> r.bucket(bucket).key("a/b"));

      S3Requests expected = new S3Requests(5, 3, 1, 1, 1, 0, 0, 1, 2, 2);
      assertThat(server.requests()).isEqualTo(expected);
      assertThat(expected.total()).isEqualTo(11);
      assertThat(server.resetRequests()).isEqualTo(expected);
      assertThat(server.requests()).isEqualTo(new S3Requests(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void multipartUploadsWork() {
    try (EmbeddedS3 server = EmbeddedS3.inMemory();
        S3Client client = TestClients.of(server)) {
      String bucket = server.bucket();
      String upload =
          client.createMultipartUpload(r -> r.bucket(bucket).key("deep/big")).uploadId();
      String part =
          client
              .uploadPart(
                  r -> r.bucket(bucket).key("deep/big").uploadId(upload).partNumber(1), body("all"))
              .eTag();
      client.completeMultipartUpload(
          r ->
              r.bucket(bucket)
                  .key("deep/big")
                  .uploadId(upload)
                  .multipartUpload(
                      CompletedMultipartUpload.builder()
                          .parts(CompletedPart.builder().partNumber(1).eTag(part).build())
                          .build()));

      assertThat(client.getObjectAsBytes(r -> r.bucket(bucket).key("deep/big")).asUtf8String())
          .isEqualTo("all");
      assertThat(server.requests().multipart()).isEqualTo(3);
    }
  }

  @Test
  void aWrongSecretIsRefused() {
    try (EmbeddedS3 server = EmbeddedS3.inMemory();
        S3Client client =
            TestClients.of(
                server.endpoint(), server.region(), server.accessKeyId(), "another secret")) {
      assertStatus(403, c -> c.listObjectsV2(r -> r.bucket(server.bucket())), client);
    }
  }

  @Test
  void aFolderKeepsObjectsAndTheirETags() {
    String etag;
    try (EmbeddedS3 server = EmbeddedS3.inFolder(folder.resolve("s3"));
        S3Client client = TestClients.of(server)) {
      etag = client.putObject(r -> r.bucket(server.bucket()).key("k"), body("kept")).eTag();
    }
    try (EmbeddedS3 server = EmbeddedS3.inFolder(folder.resolve("s3"));
        S3Client client = TestClients.of(server)) {
      var object = client.getObjectAsBytes(r -> r.bucket(server.bucket()).key("k"));
      assertThat(object.asUtf8String()).isEqualTo("kept");
      assertThat(object.response().eTag()).isEqualTo(etag);
      assertThat(client.listObjectsV2(r -> r.bucket(server.bucket())).contents())
          .extracting(S3Object::key)
          .containsExactly("k");
    }
  }

  @Test
  void twoServersAtOnceAreTwoStores() {
    try (EmbeddedS3 one = EmbeddedS3.inMemory();
        EmbeddedS3 two = EmbeddedS3.builder().buckets("first", "second").start();
        S3Client toOne = TestClients.of(one);
        S3Client toTwo = TestClients.of(two)) {
      assertThat(one.endpoint()).isNotEqualTo(two.endpoint());
      assertThat(two.bucket()).isEqualTo("first");
      toOne.putObject(r -> r.bucket(one.bucket()).key("k"), body("1"));
      assertThat(
              Stream.of("first", "second")
                  .map(bucket -> toTwo.listObjectsV2(r -> r.bucket(bucket)).contents()))
          .containsExactly(List.of(), List.of());
      assertThat(one.requests().total()).isEqualTo(1);
      assertThat(two.requests().total()).isEqualTo(2);
    }
  }

  @Test
  void aTakenPortIsSaidInOneLine() {
    try (EmbeddedS3 server = EmbeddedS3.inMemory()) {
      int port = server.endpoint().getPort();
      assertThatThrownBy(() -> EmbeddedS3.builder().port(port).start())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("port " + port + " of 127.0.0.1 is taken");
    }
  }

  @Test
  void aStoppedServerFreesItsPort() {
    EmbeddedS3 first = EmbeddedS3.inMemory();
    int port = first.endpoint().getPort();
    first.close();
    try (EmbeddedS3 second = EmbeddedS3.builder().port(port).start()) {
      assertThat(second.endpoint()).isEqualTo(first.endpoint());
    }
  }

  private static void assertStatus(int status, Consumer<S3Client> call, S3Client client) {
    assertThatThrownBy(() -> call.accept(client))
        .isInstanceOfSatisfying(
            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(status));
  }

  private static RequestBody body(String content) {
    return RequestBody.fromString(content, StandardCharsets.UTF_8);
  }
}
