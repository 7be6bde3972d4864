package io.raftless.connect.cluster;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.store.s3.S3Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.util.clusters.EmbeddedConnectCluster;

/**
 * Two Connect workers, one Kafka broker and an S3 server, all on free ports and all in this
 * process.
 */
final class ConnectCluster implements AutoCloseable {
  private final EmbeddedS3 s3;
  private final EmbeddedConnectCluster connect;

  private ConnectCluster(EmbeddedS3 s3, EmbeddedConnectCluster connect) {
    this.s3 = s3;
    this.connect = connect;
  }

  /** Starts them; blocks until the workers answer. */
  static ConnectCluster start(String name) {
    EmbeddedS3 s3 = EmbeddedS3.inMemory();
    Map<String, String> worker = new HashMap<>();
    worker.put("offset.flush.interval.ms", "500");
    // Five minutes by default: so long nobody would have the tasks of a worker that left.
    worker.put("scheduled.rebalance.max.delay.ms", "500");
    worker.put("exactly.once.source.support", "enabled");
    worker.put("plugin.discovery", "hybrid_warn");
    worker.put("connector.client.config.override.policy", "All");
    Properties broker = new Properties();
    broker.put("auto.create.topics.enable", "false");
    broker.put("transaction.state.log.replication.factor", "1");
    broker.put("transaction.state.log.min.isr", "1");
    broker.put("group.initial.rebalance.delay.ms", "0");
    EmbeddedConnectCluster connect =
        new EmbeddedConnectCluster.Builder()
            .name(name)
            .numWorkers(2)
            .numBrokers(1)
            .workerProps(worker)
            .brokerProps(broker)
            .maskExitProcedures(true)
            .build();
    ConnectCluster cluster = new ConnectCluster(s3, connect);
    boolean isStarted = false;
    try {
      connect.start();
      isStarted = true;
    } finally {
      if (!isStarted) {
        cluster.close();
      }
    }
    return cluster;
  }

  /** The workers and the broker. */
  EmbeddedConnectCluster connect() {
    return connect;
  }

  /** What connectors need to find the store, under a prefix of their own. */
  Map<String, String> storeOptions(String prefix) {
    Map<String, String> options = new HashMap<>();
    options.put("bucket", s3.bucket());
    options.put("prefix", prefix);
    options.put("s3.endpoint", s3.endpoint().toString());
    options.put("s3.region", s3.region());
    options.put("s3.access.key.id", s3.accessKeyId());
    options.put("s3.secret.access.key", s3.secretAccessKey());
    return options;
  }

  /** The same store, for looking into it. */
  S3Settings store() {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .region(s3.region())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build();
  }

  @Override
  public void close() {
    try {
      connect.stop();
    } finally {
      s3.close();
    }
  }
}
