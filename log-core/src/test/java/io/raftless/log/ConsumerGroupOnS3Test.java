package io.raftless.log;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;

/** Consumer groups on a real S3 server. */
class ConsumerGroupOnS3Test extends ConsumerGroupTest {
  private final EmbeddedS3 server = EmbeddedS3.inMemory();

  @Override
  ObjectStore openStore() {
    return S3Settings.builder(server.bucket())
        .endpoint(server.endpoint())
        .credentials(server.accessKeyId(), server.secretAccessKey())
        .build()
        .open();
  }

  @Override
  void stopServer() {
    server.close();
  }
}
