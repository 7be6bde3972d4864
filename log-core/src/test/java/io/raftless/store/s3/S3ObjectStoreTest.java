package io.raftless.store.s3;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.store.ObjectStore;
import io.raftless.store.ObjectStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real S3 server, which keeps its objects in two ways. */
class S3ObjectStoreTest {

  @Nested
  class OnAServerInMemory extends ObjectStoreContract {
    private static EmbeddedS3 server;

    @BeforeAll
    static void startServer() {
      server = EmbeddedS3.inMemory();
    }

    @AfterAll
    static void stopServer() {
      server.close();
    }

    @Override
    protected ObjectStore open() {
      return settings(server).build().open();
    }
  }

  @Nested
  class OnAServerInAFolder extends ObjectStoreContract {
    private static EmbeddedS3 server;

    @BeforeAll
    static void startServer(@TempDir Path folder) {
      server = EmbeddedS3.inFolder(folder);
    }

    @AfterAll
    static void stopServer() {
      server.close();
    }

    @Override
    protected ObjectStore open() {
      return settings(server).build().open();
    }
  }

  @Nested
  class WithChecksumsOfTheSdk extends ObjectStoreContract {
    private static EmbeddedS3 server;

    @BeforeAll
    static void startServer() {
      server = EmbeddedS3.inMemory();
    }

    @AfterAll
    static void stopServer() {
      server.close();
    }

    @Override
    protected ObjectStore open() {
      return settings(server).checksumMode(ChecksumMode.WHEN_SUPPORTED).build().open();
    }
  }

  @Nested
  class WithChecksumsInsteadOfSignedBodies extends ObjectStoreContract {
    private static EmbeddedS3 server;

    @BeforeAll
    static void startServer() {
      server = EmbeddedS3.inMemory();
    }

    @AfterAll
    static void stopServer() {
      server.close();
    }

    @Override
    protected ObjectStore open() {
      return settings(server).checksumMode(ChecksumMode.CRC_INSTEAD_OF_SHA256).build().open();
    }
  }

  static S3Settings.Builder settings(EmbeddedS3 server) {
    return S3Settings.builder(server.bucket())
        .endpoint(server.endpoint())
        .region(server.region())
        .credentials(server.accessKeyId(), server.secretAccessKey());
  }
}
