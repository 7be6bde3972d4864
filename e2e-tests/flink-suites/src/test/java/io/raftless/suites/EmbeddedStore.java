package io.raftless.suites;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.log.LogId;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import io.raftless.store.s3.S3Settings;
import java.util.Objects;
import java.util.UUID;
import org.apache.flink.connector.testframe.TestResource;
import org.jspecify.annotations.Nullable;

/** The system outside of Flink: an S3 server, and one client of the tests' own. */
final class EmbeddedStore implements TestResource {
  private @Nullable EmbeddedS3 server;
  private @Nullable ObjectStore client;

  @Override
  public void startUp() {
    if (server == null) {
      server = EmbeddedS3.inMemory();
      client = factory().open();
    }
  }

  @Override
  public void tearDown() {
    if (client != null) {
      client.close();
      client = null;
    }
    if (server != null) {
      server.close();
      server = null;
    }
  }

  /** What the jobs open. */
  StoreFactory factory() {
    EmbeddedS3 started = started(server);
    return S3Settings.builder(started.bucket())
        .endpoint(started.endpoint())
        .region(started.region())
        .credentials(started.accessKeyId(), started.secretAccessKey())
        .build();
  }

  /** What the tests read and write with. */
  ObjectStore client() {
    return started(client);
  }

  /** The name of a log that no other test has. */
  static LogId newLog() {
    return LogId.of("suites", "log-" + UUID.randomUUID());
  }

  private static <V> V started(@Nullable V value) {
    return Objects.requireNonNull(value, "not started");
  }
}
