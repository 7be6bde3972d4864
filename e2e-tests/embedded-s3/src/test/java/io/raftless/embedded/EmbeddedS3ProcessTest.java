package io.raftless.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

class EmbeddedS3ProcessTest {
  @TempDir private Path folder;

  @Test
  void aServerProcessServesCountsAndEnds() {
    EmbeddedS3Process server = EmbeddedS3Process.builder().bucket("mine").maxHeap("256m").start();
    try (server;
        S3Client client = TestClients.of(server)) {
      assertThat(server.bucket()).isEqualTo("mine");
      client.putObject(r -> r.bucket("mine").key("k"), RequestBody.fromString("v"));
      assertThat(client.getObjectAsBytes(r -> r.bucket("mine").key("k")).asUtf8String())
          .isEqualTo("v");
      assertThat(server.requests()).isEqualTo(new S3Requests(1, 1, 0, 0, 0, 0, 0, 0, 0, 0));
      assertThat(server.resetRequests().total()).isEqualTo(2);
      assertThat(server.requests().total()).isZero();
      assertThat(server.isAlive()).isTrue();
    }
    assertThat(server.isAlive()).isFalse();
    assertThat(ProcessHandle.of(server.pid())).isEmpty();
  }

  @Test
  void aKilledServerComesBackOnItsPortWithItsObjects() {
    Path objects = folder.resolve("objects");
    EmbeddedS3Process.Builder builder =
        EmbeddedS3Process.builder().folder(objects).credentials("me", "my secret");
    try (EmbeddedS3Process first = builder.start();
        S3Client client = TestClients.of(first)) {
      client.putObject(r -> r.bucket(first.bucket()).key("k"), RequestBody.fromString("v"));
      first.kill();
      assertThat(first.isAlive()).isFalse();
      assertThatThrownBy(first::requests)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has ended");

      try (EmbeddedS3Process second = builder.port(first.endpoint().getPort()).start()) {
        assertThat(second.endpoint()).isEqualTo(first.endpoint());
        assertThat(client.getObjectAsBytes(r -> r.bucket(first.bucket()).key("k")).asUtf8String())
            .isEqualTo("v");
      }
    }
  }

  @Test
  void aTakenPortEndsTheProcessWithOneClearLine() {
    try (EmbeddedS3 server = EmbeddedS3.inMemory()) {
      int port = server.endpoint().getPort();
      assertThatThrownBy(() -> EmbeddedS3Process.builder().port(port).start())
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "the embedded S3 server has ended; it logged: embedded-s3: port %d of 127.0.0.1 is"
                  + " taken: choose another, or 0 for a free one",
              port);
    }
  }

  @Test
  void aServerThatIsNotReadyInTimeIsEnded() {
    assertThatThrownBy(() -> EmbeddedS3Process.builder().startTimeout(Duration.ofMillis(1)).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("said nothing within");
  }

  @Test
  void theEndOfStandardInputEndsTheServer() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedS3Main.class.getName())
            .redirectInput(Files.createFile(folder.resolve("nothing")).toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(folder.resolve("output")).content().contains("\"endpoint\":\"http://127.0.0.1:");
    } finally {
      process.destroyForcibly();
    }
  }
}
