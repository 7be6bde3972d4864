package io.raftless.connect.sink;

import io.raftless.connect.config.StoreOptions;
import io.raftless.connect.config.Validators;
import io.raftless.connect.convert.ConvertOptions;
import io.raftless.connect.convert.LogFormat;
import io.raftless.format.Compression;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link SinkOptions} have been set to. */
public final class SinkConfig extends AbstractConfig {
  /** Connect's own options. */
  private static final String CONNECTOR_NAME = "name";

  private static final String GROUP_OVERRIDE = "consumer.override.group.id";

  private static final Logger LOG = LoggerFactory.getLogger(SinkConfig.class);
  private static final int ADMIN_REQUEST_TIMEOUT_MILLIS = 10_000;
  private static final int ADMIN_TIMEOUT_MILLIS = 20_000;

  /**
   * Reads options.
   *
   * @throws ConfigException if one of them is not valid by itself
   */
  public SinkConfig(Map<String, String> options) {
    super(SinkOptions.definition(), options, false);
  }

  /** What the sink is called in the logs. */
  public WriterIdNames names() {
    String sinkId = getString(SinkOptions.SINK_ID);
    if (sinkId == null) {
      Object name = originals().get(CONNECTOR_NAME);
      if (name == null) {
        throw new ConfigException(
            SinkOptions.SINK_ID, null, "there is no connector name to take in its place: set it");
      }
      sinkId = name.toString();
    }
    return new WriterIdNames(sinkId);
  }

  /** The consumer group that Connect makes for the connector. */
  String consumerGroup() {
    Object override = originals().get(GROUP_OVERRIDE);
    return override == null ? "connect-" + originals().get(CONNECTOR_NAME) : override.toString();
  }

  /** Which log and partition a topic-partition is written to. */
  public TopicMapping mapping() {
    Integer partitions = getInt(SinkOptions.LOG_PARTITIONS);
    return new TopicMapping(
        getString(StoreOptions.PREFIX),
        getString(SinkOptions.LOG_NAME_FORMAT),
        SinkOptions.topicToLog(SinkOptions.TOPIC_TO_LOG, getList(SinkOptions.TOPIC_TO_LOG)),
        Validators.constant(
            TopicMapping.Partitions.class, getString(SinkOptions.LOG_PARTITION_MAPPING)),
        partitions == null ? 0 : partitions,
        getBoolean(SinkOptions.LOG_CREATE),
        getBoolean(SinkOptions.LOG_GROW));
  }

  /**
   * All of it.
   *
   * @throws ConfigException if options do not fit each other
   */
  public SinkSettings toSettings() {
    requireKafka();
    return new SinkSettings(
        StoreOptions.settings(this),
        mapping(),
        names(),
        new SinkSettings.Flush(
            getLong(SinkOptions.FLUSH_BYTES),
            getInt(SinkOptions.FLUSH_RECORDS),
            getLong(SinkOptions.FLUSH_LINGER_MS)),
        memory(),
        patience(),
        new SinkSettings.Records(
            Validators.constant(Tombstones.class, getString(SinkOptions.TOMBSTONES)),
            Validators.constant(OnRerouted.class, getString(SinkOptions.ON_REROUTED)),
            getBoolean(SinkOptions.ORIGIN_HEADERS),
            getString(SinkOptions.ORIGIN_HEADERS_PREFIX)),
        resume());
  }

  SinkSettings.Memory memory() {
    if (getLong(SinkOptions.BUFFER_BYTES) < getInt(SinkOptions.OBJECT_BYTES)) {
      throw new ConfigException(
          SinkOptions.BUFFER_BYTES,
          getLong(SinkOptions.BUFFER_BYTES),
          "it has to hold an object: set it to "
              + SinkOptions.OBJECT_BYTES
              + "="
              + getInt(SinkOptions.OBJECT_BYTES)
              + " at least, better four times that, or lower that one");
    }
    return new SinkSettings.Memory(
        getLong(SinkOptions.BUFFER_BYTES),
        getInt(SinkOptions.OBJECT_BYTES),
        getInt(SinkOptions.UPLOADS_IN_FLIGHT),
        Validators.constant(Compression.class, getString(SinkOptions.COMPRESSION)));
  }

  SinkSettings.Patience patience() {
    if (getLong(SinkOptions.RETRY_BACKOFF_MAX_MS) < getLong(SinkOptions.RETRY_BACKOFF_MS)) {
      throw new ConfigException(
          SinkOptions.RETRY_BACKOFF_MAX_MS,
          getLong(SinkOptions.RETRY_BACKOFF_MAX_MS),
          "it is below "
              + SinkOptions.RETRY_BACKOFF_MS
              + "="
              + getLong(SinkOptions.RETRY_BACKOFF_MS));
    }
    return new SinkSettings.Patience(
        getLong(SinkOptions.OPEN_TIMEOUT_MS),
        getLong(SinkOptions.FLUSH_TIMEOUT_MS),
        getLong(SinkOptions.FENCED_RETRY_MS),
        getLong(SinkOptions.RETRY_BACKOFF_MS),
        getLong(SinkOptions.RETRY_BACKOFF_MAX_MS),
        getLong(SinkOptions.RETRY_TIMEOUT_MS));
  }

  ResumePolicy resume() {
    StartPosition start =
        Validators.constant(StartPosition.class, getString(SinkOptions.START_POSITION));
    if (start == StartPosition.LATEST && !hasTopicChecks()) {
      throw new ConfigException(
          SinkOptions.START_POSITION,
          getString(SinkOptions.START_POSITION),
          "Kafka has to be asked where the end is: set "
              + SinkOptions.TOPIC_CHECKS
              + "="
              + SinkOptions.ON
              + " as well");
    }
    return new ResumePolicy(
        Validators.constant(OnTrouble.class, getString(SinkOptions.ON_TOPIC_RECREATED)),
        Validators.constant(OnTrouble.class, getString(SinkOptions.ON_OFFSETS_LOST)),
        start);
  }

  /**
   * Makes how records are bytes; who uses it closes it.
   *
   * @throws ConfigException if a converter cannot be made
   */
  public LogFormat newFormat() {
    return ConvertOptions.format(this);
  }

  private boolean hasTopicChecks() {
    return getString(SinkOptions.TOPIC_CHECKS).toLowerCase(Locale.ROOT).equals(SinkOptions.ON);
  }

  /** For the start of a connector. */
  void warnOfUncheckedTopics() {
    if (!hasTopicChecks()) {
      LOG.warn(
          "{}={}: topics that are recreated and records that Kafka deletes before they are written"
              + " will not be noticed",
          SinkOptions.TOPIC_CHECKS,
          SinkOptions.OFF);
    }
  }

  void requireKafka() {
    if (hasTopicChecks() && getList(SinkOptions.KAFKA_BOOTSTRAP_SERVERS).isEmpty()) {
      throw new ConfigException(
          SinkOptions.KAFKA_BOOTSTRAP_SERVERS,
          "",
          "the sink asks Kafka whether a topic was recreated and whether records were deleted"
              + " before they were written, and a connector is not told where the worker's Kafka"
              + " is: set it to the same servers, or "
              + SinkOptions.TOPIC_CHECKS
              + "="
              + SinkOptions.OFF
              + " to notice neither");
    }
  }

  /**
   * Makes what looks at Kafka; who uses it closes it.
   *
   * @throws ConfigException if no client can be made of the options
   */
  public KafkaTopics newKafkaTopics() {
    requireKafka();
    if (!hasTopicChecks()) {
      return KafkaTopics.off();
    }
    Map<String, Object> options =
        new HashMap<>(originalsWithPrefix(SinkOptions.KAFKA_ADMIN_PREFIX));
    options.put(
        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, getList(SinkOptions.KAFKA_BOOTSTRAP_SERVERS));
    if (!options.containsKey(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG)
        && !options.containsKey(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG)) {
      // Kafka's own minute would leave a request to alter offsets too little time.
      options.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ADMIN_REQUEST_TIMEOUT_MILLIS);
      options.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ADMIN_TIMEOUT_MILLIS);
    }
    options.putIfAbsent(AdminClientConfig.CLIENT_ID_CONFIG, "raftless-sink-" + names().sinkId());
    try {
      return new AdminKafkaTopics(Admin.create(options));
    } catch (RuntimeException e) {
      // The reason may quote options, and options may be secrets: only its type is told.
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new ConfigException(
          SinkOptions.KAFKA_BOOTSTRAP_SERVERS,
          getList(SinkOptions.KAFKA_BOOTSTRAP_SERVERS),
          "no admin client can be made of it and of "
              + SinkOptions.KAFKA_ADMIN_PREFIX
              + "* ("
              + reason.getClass().getName()
              + "): check them; the reason is not repeated here, it may quote a secret");
    }
  }
}
