package io.raftless.connectcluster;

import java.util.Map;
import java.util.TreeMap;

/**
 * The configurations of two connectors: one writes a topic to a log, one reads the log into another
 * topic, both bytes for bytes and partition for partition.
 *
 * @param store the options that say where the object store is, credentials included
 * @param input the topic that is read
 * @param log the log between them
 * @param output the topic that is written
 * @param tasks of each
 */
public record RoundTripConnectors(
    Map<String, String> store, String input, String log, String output, int tasks) {
  /** The name of the sink connector. */
  public static final String SINK = "topic-to-log";

  /** The name of the source connector. */
  public static final String SOURCE = "log-to-topic";

  public RoundTripConnectors {
    store = Map.copyOf(store);
  }

  /** The options of a store that is no Amazon S3. */
  public static Map<String, String> store(
      String bucket, String endpoint, String region, String keyId, String secret) {
    return Map.of(
        "bucket",
        bucket,
        "s3.endpoint",
        endpoint,
        "s3.region",
        region,
        "s3.access.key.id",
        keyId,
        "s3.secret.access.key",
        secret);
  }

  /**
   * The sink.
   *
   * @param more options, which win
   */
  public Map<String, String> sink(KafkaBroker broker, Map<String, String> more) {
    Map<String, String> config = new TreeMap<>(store);
    config.put("connector.class", "io.raftless.connect.RaftlessSinkConnector");
    config.put("tasks.max", Integer.toString(tasks));
    config.put("topics", input);
    config.put("topic.to.log", input + ":" + log);
    config.put("kafka.bootstrap.servers", broker.bootstrapServers());
    config.putAll(more);
    return config;
  }

  /**
   * The source.
   *
   * @param more options, which win
   */
  public Map<String, String> source(Map<String, String> more) {
    Map<String, String> config = new TreeMap<>(store);
    config.put("connector.class", "io.raftless.connect.RaftlessSourceConnector");
    config.put("tasks.max", Integer.toString(tasks));
    config.put("logs", log);
    config.put("topic.format", output);
    config.put("exactly.once.support", "required");
    config.putAll(more);
    return config;
  }
}
