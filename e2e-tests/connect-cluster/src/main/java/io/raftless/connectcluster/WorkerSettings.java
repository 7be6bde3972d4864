package io.raftless.connectcluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the workers of a cluster have in common.
 *
 * @param groupId the name of the cluster, from which its internal topics have theirs
 * @param maxHeap as java's -Xmx wants it
 * @param sessionTimeout after which a silent worker, and a silent consumer of a task, is lost
 * @param offsetFlushInterval how often offsets are committed
 * @param more options of the worker; they win
 * @param jvm options of its JVM, but for the heap
 */
public record WorkerSettings(
    String groupId,
    String maxHeap,
    Duration sessionTimeout,
    Duration offsetFlushInterval,
    Map<String, String> more,
    List<String> jvm) {
  private static final List<String> SMALL_JVM = List.of("-XX:+UseSerialGC");

  public WorkerSettings {
    more = Map.copyOf(more);
    jvm = List.copyOf(jvm);
  }

  /** With a JVM that takes little of the machine. */
  public WorkerSettings(
      String groupId,
      String maxHeap,
      Duration sessionTimeout,
      Duration offsetFlushInterval,
      Map<String, String> more) {
    this(groupId, maxHeap, sessionTimeout, offsetFlushInterval, more, SMALL_JVM);
  }

  /** A cluster that notices the loss of a worker within seconds. */
  public static WorkerSettings of(String groupId) {
    return new WorkerSettings(
        groupId, "384m", Duration.ofSeconds(6), Duration.ofSeconds(1), Map.of());
  }

  /** The same with another heap. */
  public WorkerSettings withMaxHeap(String heap) {
    return new WorkerSettings(groupId, heap, sessionTimeout, offsetFlushInterval, more, jvm);
  }

  /** The same with the JVM that Kafka's own start script makes, but for the largest heap. */
  public WorkerSettings asInProduction() {
    List<String> script = new ArrayList<>(KafkaProcess.JVM_AS_KAFKA_HAS_IT);
    script.add("-Xms256m");
    return new WorkerSettings(groupId, maxHeap, sessionTimeout, offsetFlushInterval, more, script);
  }

  /** The same with more options of the worker. */
  public WorkerSettings with(Map<String, String> options) {
    Map<String, String> all = new TreeMap<>(more);
    all.putAll(options);
    return new WorkerSettings(groupId, maxHeap, sessionTimeout, offsetFlushInterval, all, jvm);
  }

  Map<String, String> properties(KafkaHome home, String bootstrapServers, int restPort) {
    String bytes = "org.apache.kafka.connect.converters.ByteArrayConverter";
    String sessionMillis = Long.toString(sessionTimeout.toMillis());
    String heartbeatMillis = Long.toString(Math.max(1, sessionTimeout.toMillis() / 6));
    Map<String, String> settings = new TreeMap<>();
    settings.put("bootstrap.servers", bootstrapServers);
    settings.put("group.id", groupId);
    settings.put("listeners", "http://127.0.0.1:" + restPort);
    settings.put("rest.advertised.host.name", "127.0.0.1");
    settings.put("plugin.path", home.plugins().toString());
    settings.put("plugin.discovery", "service_load");
    settings.put("key.converter", bytes);
    settings.put("value.converter", bytes);
    settings.put("header.converter", bytes);
    settings.put("exactly.once.source.support", "enabled");
    settings.put("config.storage.topic", groupId + "-configs");
    settings.put("config.storage.replication.factor", "1");
    settings.put("offset.storage.topic", groupId + "-offsets");
    settings.put("offset.storage.partitions", "4");
    settings.put("offset.storage.replication.factor", "1");
    settings.put("status.storage.topic", groupId + "-status");
    settings.put("status.storage.partitions", "1");
    settings.put("status.storage.replication.factor", "1");
    settings.put("offset.flush.interval.ms", Long.toString(offsetFlushInterval.toMillis()));
    settings.put("session.timeout.ms", sessionMillis);
    settings.put("heartbeat.interval.ms", heartbeatMillis);
    settings.put("consumer.session.timeout.ms", sessionMillis);
    settings.put("consumer.heartbeat.interval.ms", heartbeatMillis);
    // What a lost worker did is given to others at once, not after the five minutes of the default.
    settings.put("scheduled.rebalance.max.delay.ms", "500");
    settings.putAll(more);
    return settings;
  }
}
