package io.raftless.connectcluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;

/**
 * A Kafka broker, its own KRaft controller, in a process of its own, on free ports of the loopback
 * interface. Closing it ends it; it ends with this JVM, too.
 *
 * <p>Safe for use by many threads.
 */
public final class KafkaBroker implements AutoCloseable {
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(2));
  private static final int START_ATTEMPTS = 3;
  private static final String STARTED = "Kafka Server started";
  private static final List<String> SMALL_JVM =
      List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final KafkaProcess process;
  private final String bootstrapServers;

  private KafkaBroker(KafkaProcess process, String bootstrapServers) {
    this.process = process;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker that is up soon and takes little of the machine, and waits until it serves.
   *
   * @param folder for its data, configuration and log; made if it is absent
   * @throws IllegalStateException if it ends or is not up in time, with the end of its log
   */
  public static KafkaBroker start(KafkaHome home, Path folder) throws InterruptedException {
    return start(home, folder, SMALL_JVM);
  }

  /**
   * The same with the JVM that Kafka's own start script makes: 1 GiB of heap, G1, all compilers.
   * For measurements.
   *
   * @see #start
   */
  public static KafkaBroker startAsInProduction(KafkaHome home, Path folder)
      throws InterruptedException {
    List<String> jvm = new ArrayList<>(List.of("-Xms1g", "-Xmx1g"));
    jvm.addAll(KafkaProcess.JVM_AS_KAFKA_HAS_IT);
    return start(home, folder, jvm);
  }

  private static KafkaBroker start(KafkaHome home, Path folder, List<String> jvm)
      throws InterruptedException {
    String tail = "";
    for (int attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      Path place = folder.resolve("broker-" + attempt);
      KafkaProcess process;
      int port;
      try {
        Files.createDirectories(place);
        port = Ports.free();
        Path configuration = place.resolve("server.properties");
        PropertiesFile.write(configuration, settings(place, port, Ports.free()));
        format(home, place, configuration);
        process =
            KafkaProcess.start(
                home, "broker", place, jvm, "kafka.Kafka", List.of(configuration.toString()));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot prepare a broker in " + place, e);
      }
      try {
        boolean isUp =
            PATIENCE.await(
                "the start of the broker",
                () ->
                    process.isAlive()
                        ? Optional.of(true).filter(up -> process.hasPrinted(STARTED))
                        : Optional.of(false));
        if (isUp) {
          return new KafkaBroker(process, "127.0.0.1:" + port);
        }
        tail = process.logTail();
      } catch (RuntimeException | Error | InterruptedException e) {
        process.close();
        throw e;
      }
      process.close();
    }
    throw new IllegalStateException(
        "the broker ended in all of " + START_ATTEMPTS + " attempts to start it" + tail);
  }

  private static void format(KafkaHome home, Path place, Path configuration)
      throws InterruptedException {
    try (KafkaProcess format =
        KafkaProcess.start(
            home,
            "format",
            place,
            List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            "kafka.tools.StorageTool",
            List.of(
                "format",
                "--cluster-id",
                Uuid.randomUuid().toString(),
                "--config",
                configuration.toString()))) {
      format.awaitSuccess(PATIENCE.limit());
    }
  }

  private static Map<String, String> settings(Path place, int port, int controllerPort) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("inter.broker.listener.name", "PLAINTEXT");
    settings.put("log.dirs", place.resolve("data").toString());
    // Nobody's topic is made by a typing mistake.
    settings.put("auto.create.topics.enable", "false");
    // One broker has all replicas there are.
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", "4");
    // Timestamps of tests are long ago, and Kafka would soon delete such records.
    settings.put("log.retention.ms", "-1");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", "4");
    settings.put("share.coordinator.state.topic.replication.factor", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    // Tests want to see members lost and groups formed within seconds.
    settings.put("group.min.session.timeout.ms", "1000");
    settings.put("group.initial.rebalance.delay.ms", "0");
    return settings;
  }

  /** Where clients find it. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** A new client for what is no record. */
  public Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  /**
   * Makes topics.
   *
   * @throws IllegalStateException if the broker refuses
   */
  public void createTopics(int partitions, Collection<String> names) throws InterruptedException {
    try (Admin admin = admin()) {
      admin
          .createTopics(
              names.stream().map(name -> new NewTopic(name, partitions, (short) 1)).toList())
          .all()
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot make the topics " + names, e.getCause());
    }
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** The end of what it printed, for error messages. */
  public String logTail() {
    return process.logTail();
  }

  @Override
  public void close() {
    process.close();
  }
}
