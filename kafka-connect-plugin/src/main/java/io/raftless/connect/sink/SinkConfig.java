package io.raftless.connect.sink;

import io.raftless.connect.config.StoreOptions;
import io.raftless.connect.config.Validators;
import io.raftless.connect.convert.ConvertOptions;
import io.raftless.connect.convert.LogFormat;
import io.raftless.format.Compression;
import io.raftless.id.Name;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The options of the sink. */
public final class SinkConfig extends AbstractConfig {
  public static final String GROUP_TOPICS = "Topics and logs";
  public static final String GROUP_FLUSHING = "Flushing";
  public static final String GROUP_FAILURES = "Failures";
  public static final String GROUP_KAFKA = "Kafka";

  public static final String SINK_ID = "sink.id";
  public static final String LOG_NAME_FORMAT = TopicMapping.NAME_FORMAT;
  public static final String TOPIC_TO_LOG = TopicMapping.TOPIC_TO_LOG;
  public static final String LOG_PARTITION_MAPPING = "log.partition.mapping";
  public static final String LOG_PARTITIONS = TopicMapping.LOG_PARTITIONS;
  public static final String LOG_CREATE = "log.create";
  public static final String LOG_GROW = "log.grow";
  public static final String START_POSITION = "start.position";

  public static final String TOMBSTONES = "tombstones";
  public static final String ORIGIN_HEADERS = "origin.headers";
  public static final String ORIGIN_HEADERS_PREFIX = "origin.headers.prefix";

  public static final String FLUSH_BYTES = "flush.bytes";
  public static final String FLUSH_RECORDS = "flush.records";
  public static final String FLUSH_LINGER_MS = "flush.linger.ms";
  public static final String FLUSH_TIMEOUT_MS = "flush.timeout.ms";
  public static final String OBJECT_BYTES = "object.bytes";
  public static final String BUFFER_BYTES = "buffer.bytes";
  public static final String UPLOADS_IN_FLIGHT = "uploads.in.flight";
  public static final String COMPRESSION = "compression";

  public static final String ON_TOPIC_RECREATED = "on.topic.recreated";
  public static final String ON_OFFSETS_LOST = "on.offsets.lost";
  public static final String ON_REROUTED = "on.rerouted";
  public static final String OPEN_TIMEOUT_MS = "open.timeout.ms";
  public static final String FENCED_RETRY_MS = "fenced.retry.ms";
  public static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
  public static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
  public static final String RETRY_TIMEOUT_MS = "retry.timeout.ms";

  public static final String TOPIC_CHECKS = "topic.checks";
  public static final String KAFKA_BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
  public static final String KAFKA_ADMIN_PREFIX = "kafka.admin.";

  /** Connect's own options. */
  private static final String CONNECTOR_NAME = "name";

  private static final String GROUP_OVERRIDE = "consumer.override.group.id";

  private static final Logger LOG = LoggerFactory.getLogger(SinkConfig.class);
  private static final String ON = "on";
  private static final String OFF = "off";
  private static final long HOUR_MILLIS = 3_600_000;

  private static final ConfigDef DEFINITION = define();

  /**
   * Reads options.
   *
   * @throws ConfigException if one of them is not valid by itself
   */
  public SinkConfig(Map<String, String> options) {
    super(DEFINITION, options, false);
  }

  /** A copy of the definition. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  private static ConfigDef define() {
    ConfigDef def = new ConfigDef();
    StoreOptions.define(def);
    ConvertOptions.define(def);
    defineFormat(def);
    defineTopics(def);
    defineFlushing(def);
    defineFailures(def);
    defineKafka(def);
    return def;
  }

  private static void defineFormat(ConfigDef def) {
    int place = 10;
    def.define(
        TOMBSTONES,
        ConfigDef.Type.STRING,
        Validators.word(Tombstones.WRITE),
        Validators.oneOf(Tombstones.class),
        Importance.MEDIUM,
        "What becomes of records without a value: they are written as such, skipped, or bad"
            + " records.",
        ConvertOptions.GROUP,
        ++place,
        Width.SHORT,
        "Tombstones",
        Validators.recommend(Tombstones.class));
    def.define(
        ORIGIN_HEADERS,
        ConfigDef.Type.BOOLEAN,
        false,
        Importance.LOW,
        "Whether each record gets headers with its original topic, partition and offset.",
        ConvertOptions.GROUP,
        ++place,
        Width.SHORT,
        "Origin headers");
    def.define(
        ORIGIN_HEADERS_PREFIX,
        ConfigDef.Type.STRING,
        SinkSettings.Records.DEFAULTS.originHeadersPrefix(),
        Importance.LOW,
        "What the names of these headers begin with; behind it are topic, partition and offset.",
        ConvertOptions.GROUP,
        ++place,
        Width.MEDIUM,
        "Prefix of origin headers",
        Validators.visibleIf(ORIGIN_HEADERS, "true", null));
  }

  private static void defineTopics(ConfigDef def) {
    int place = 0;
    def.define(
        SINK_ID,
        ConfigDef.Type.STRING,
        null,
        Validators.optional(Validators.checkedBy(WriterIdNames::new)),
        Importance.MEDIUM,
        "What the sink is called in the logs. Not set: the connector's name. Another one starts"
            + " anew, and everything is written again.",
        GROUP_TOPICS,
        ++place,
        Width.MEDIUM,
        "Sink id");
    def.define(
        LOG_NAME_FORMAT,
        ConfigDef.Type.STRING,
        TopicMapping.TOPIC,
        Validators.checkedBy(SinkConfig::requireNameFormat),
        Importance.HIGH,
        "The name of a topic's log, with " + TopicMapping.TOPIC + " for the topic.",
        GROUP_TOPICS,
        ++place,
        Width.MEDIUM,
        "Log name");
    def.define(
        TOPIC_TO_LOG,
        ConfigDef.Type.LIST,
        List.of(),
        (option, value) -> {
          var unused = topicToLog(option, value);
        },
        Importance.MEDIUM,
        "Logs of single topics, topic:log,topic:log; they win over " + LOG_NAME_FORMAT + ".",
        GROUP_TOPICS,
        ++place,
        Width.LONG,
        "Topics to logs");
    def.define(
        LOG_PARTITION_MAPPING,
        ConfigDef.Type.STRING,
        Validators.word(TopicMapping.Partitions.SAME),
        Validators.oneOf(TopicMapping.Partitions.class),
        Importance.MEDIUM,
        "The partition of the log for a partition of a topic: the same number, or the number modulo "
            + LOG_PARTITIONS
            + ". It cannot be changed once records are written.",
        GROUP_TOPICS,
        ++place,
        Width.SHORT,
        "Partition mapping",
        Validators.recommend(TopicMapping.Partitions.class));
    def.define(
        LOG_PARTITIONS,
        ConfigDef.Type.INT,
        null,
        (option, value) -> {
          if (value != null) {
            ConfigDef.Range.between(1, 10_000).ensureValid(option, value);
          }
        },
        Importance.MEDIUM,
        "How many partitions a log gets when it is created, and what modulo divides by. Not set: as"
            + " many as the topic has.",
        GROUP_TOPICS,
        ++place,
        Width.SHORT,
        "Partitions of logs");
    def.define(
        LOG_CREATE,
        ConfigDef.Type.BOOLEAN,
        true,
        Importance.MEDIUM,
        "Whether a log that is missing is created. Otherwise the task waits for it.",
        GROUP_TOPICS,
        ++place,
        Width.SHORT,
        "Create logs");
    def.define(
        LOG_GROW,
        ConfigDef.Type.BOOLEAN,
        true,
        Importance.MEDIUM,
        "Whether a log gets more partitions when the topic has more.",
        GROUP_TOPICS,
        ++place,
        Width.SHORT,
        "Grow logs",
        Validators.visibleIf(
            LOG_PARTITION_MAPPING, Validators.word(TopicMapping.Partitions.SAME), null));
    def.define(
        START_POSITION,
        ConfigDef.Type.STRING,
        Validators.word(StartPosition.EARLIEST),
        Validators.oneOf(StartPosition.class),
        Importance.MEDIUM,
        "Where a partition starts that was never written: at the first record of the topic, at its"
            + " end, or where the consumer group is.",
        GROUP_TOPICS,
        ++place,
        Width.SHORT,
        "Start position",
        Validators.recommend(StartPosition.class));
  }

  private static void defineFlushing(ConfigDef def) {
    int place = 0;
    SinkSettings.Flush flush = SinkSettings.Flush.DEFAULTS;
    SinkSettings.Memory memory = SinkSettings.Memory.defaults();
    defineLong(
        def,
        FLUSH_BYTES,
        flush.bytes(),
        1L << 10,
        1L << 30,
        Importance.MEDIUM,
        "A partition is flushed when so many bytes of it are buffered.",
        GROUP_FLUSHING,
        ++place,
        "Flush after bytes");
    defineInt(
        def,
        FLUSH_RECORDS,
        flush.records(),
        1,
        Integer.MAX_VALUE,
        Importance.MEDIUM,
        "A partition is flushed when so many records of it are buffered.",
        GROUP_FLUSHING,
        ++place,
        "Flush after records");
    defineLong(
        def,
        FLUSH_LINGER_MS,
        flush.lingerMillis(),
        0,
        HOUR_MILLIS,
        Importance.MEDIUM,
        "A partition is flushed when a record was buffered for so long.",
        GROUP_FLUSHING,
        ++place,
        "Flush after (ms)");
    defineLong(
        def,
        FLUSH_TIMEOUT_MS,
        SinkSettings.Patience.DEFAULTS.flushTimeoutMillis(),
        1,
        HOUR_MILLIS,
        Importance.LOW,
        "How long a commit of Connect waits for flushes. It goes on after that, and offsets are"
            + " committed later.",
        GROUP_FLUSHING,
        ++place,
        "Flush time-out (ms)");
    defineInt(
        def,
        OBJECT_BYTES,
        memory.objectBytes(),
        1 << 10,
        512 << 20,
        Importance.LOW,
        "An object of several partitions is uploaded when it has so many bytes.",
        GROUP_FLUSHING,
        ++place,
        "Object bytes");
    defineLong(
        def,
        BUFFER_BYTES,
        memory.bufferBytes(),
        1L << 10,
        1L << 40,
        Importance.MEDIUM,
        "How many bytes a task buffers and uploads at a time; partitions are paused above it.",
        GROUP_FLUSHING,
        ++place,
        "Buffer bytes");
    defineInt(
        def,
        UPLOADS_IN_FLIGHT,
        memory.uploadsInFlight(),
        1,
        64,
        Importance.LOW,
        "How many objects a task uploads at a time.",
        GROUP_FLUSHING,
        ++place,
        "Uploads at a time");
    def.define(
        COMPRESSION,
        ConfigDef.Type.STRING,
        Validators.word(memory.compression()),
        Validators.oneOf(Compression.class),
        Importance.LOW,
        "How records are compressed in the log.",
        GROUP_FLUSHING,
        ++place,
        Width.SHORT,
        "Compression",
        Validators.recommend(Compression.class));
  }

  private static void defineFailures(ConfigDef def) {
    int place = 0;
    SinkSettings.Patience patience = SinkSettings.Patience.DEFAULTS;
    for (String[] policy :
        new String[][] {
          {
            ON_TOPIC_RECREATED,
            "Topic recreated",
            "What to do if a topic was deleted and created again: fail, or continue with the new"
                + " one from its first record on and leave a marker."
          },
          {
            ON_OFFSETS_LOST,
            "Offsets lost",
            "What to do if Kafka deleted records before they were written, or lost the end of a"
                + " topic: fail, or continue with what there is and leave a marker."
          }
        }) {
      def.define(
          policy[0],
          ConfigDef.Type.STRING,
          Validators.word(OnTrouble.FAIL),
          Validators.oneOf(OnTrouble.class),
          Importance.MEDIUM,
          policy[2],
          GROUP_FAILURES,
          ++place,
          Width.SHORT,
          policy[1],
          Validators.visibleIf(TOPIC_CHECKS, ON, OnTrouble.class));
    }
    def.define(
        ON_REROUTED,
        ConfigDef.Type.STRING,
        Validators.word(OnRerouted.REJECT),
        Validators.oneOf(OnRerouted.class),
        Importance.MEDIUM,
        "What to do with a record that a transformation gave another topic or partition: reject it"
            + " as a bad record, or ignore that and write it where its original one belongs.",
        GROUP_FAILURES,
        ++place,
        Width.SHORT,
        "Rerouted records",
        Validators.recommend(OnRerouted.class));
    defineLong(
        def,
        OPEN_TIMEOUT_MS,
        patience.openTimeoutMillis(),
        1,
        HOUR_MILLIS,
        Importance.LOW,
        "How long a task waits for its partitions when it gets them. Those that are not acquired"
            + " by then stay paused until they are. Keep it well below the consumer's"
            + " max.poll.interval.ms.",
        GROUP_FAILURES,
        ++place,
        "Open time-out (ms)");
    defineLong(
        def,
        FENCED_RETRY_MS,
        patience.fencedRetryMillis(),
        0,
        HOUR_MILLIS,
        Importance.LOW,
        "After how long a partition that another task took is acquired again, if it is still"
            + " assigned. Keep it above the consumer's session.timeout.ms.",
        GROUP_FAILURES,
        ++place,
        "Fenced retry (ms)");
    defineLong(
        def,
        RETRY_BACKOFF_MS,
        patience.retryBackoffMillis(),
        1,
        HOUR_MILLIS,
        Importance.LOW,
        "The pause after the first failure of the store; it doubles with each one.",
        GROUP_FAILURES,
        ++place,
        "Retry back-off (ms)");
    defineLong(
        def,
        RETRY_BACKOFF_MAX_MS,
        patience.retryBackoffMaxMillis(),
        1,
        HOUR_MILLIS,
        Importance.LOW,
        "The longest pause after a failure of the store.",
        GROUP_FAILURES,
        ++place,
        "Retry back-off at most (ms)");
    defineLong(
        def,
        RETRY_TIMEOUT_MS,
        patience.retryTimeoutMillis(),
        SinkSettings.Patience.FOR_EVER,
        Long.MAX_VALUE,
        Importance.MEDIUM,
        "How long the store may fail before the task does; -1 for ever.",
        GROUP_FAILURES,
        ++place,
        "Retry time-out (ms)");
  }

  private static void defineKafka(ConfigDef def) {
    int place = 0;
    def.define(
        TOPIC_CHECKS,
        ConfigDef.Type.STRING,
        ON,
        Validators.oneOf(ON, OFF),
        Importance.HIGH,
        "Whether Kafka is asked for the ids of topics and the first offsets of partitions. Without"
            + " it a topic that was recreated, and records that Kafka deleted too early, are not"
            + " noticed.",
        GROUP_KAFKA,
        ++place,
        Width.SHORT,
        "Check topics",
        Validators.recommend(ON, OFF));
    def.define(
        KAFKA_BOOTSTRAP_SERVERS,
        ConfigDef.Type.LIST,
        List.of(),
        Importance.HIGH,
        "Where the Kafka is whose topics are written, host:port,host:port: a connector cannot see"
            + " the worker's own setting. More options of the client begin with "
            + KAFKA_ADMIN_PREFIX
            + ", like "
            + KAFKA_ADMIN_PREFIX
            + "security.protocol.",
        GROUP_KAFKA,
        ++place,
        Width.LONG,
        "Bootstrap servers",
        Validators.visibleIf(TOPIC_CHECKS, ON, null));
  }

  private static void defineLong(
      ConfigDef def,
      String option,
      long byDefault,
      long least,
      long most,
      Importance importance,
      String documentation,
      String group,
      int place,
      String displayName) {
    def.define(
        option,
        ConfigDef.Type.LONG,
        byDefault,
        ConfigDef.Range.between(least, most),
        importance,
        documentation,
        group,
        place,
        Width.SHORT,
        displayName);
  }

  private static void defineInt(
      ConfigDef def,
      String option,
      int byDefault,
      int least,
      int most,
      Importance importance,
      String documentation,
      String group,
      int place,
      String displayName) {
    def.define(
        option,
        ConfigDef.Type.INT,
        byDefault,
        ConfigDef.Range.between(least, most),
        importance,
        documentation,
        group,
        place,
        Width.SHORT,
        displayName);
  }

  private static void requireNameFormat(String format) {
    String example = format.replace(TopicMapping.TOPIC, "topic");
    if (!Name.isName(example)) {
      throw new IllegalArgumentException(
          "'"
              + example
              + "' would be the log of topic 'topic', and that is no name of a log: use letters,"
              + " digits, '.', '_' or '-', starting with a letter or digit, and "
              + TopicMapping.TOPIC
              + " for the topic");
    }
  }

  private static Map<String, String> topicToLog(String option, Object value) {
    Map<String, String> logs = new HashMap<>();
    for (Object element : (List<?>) value) {
      String pair = String.valueOf(element);
      int colon = pair.indexOf(':');
      String topic = colon < 0 ? "" : pair.substring(0, colon).trim();
      String log = pair.substring(colon + 1).trim();
      if (topic.isEmpty() || !Name.isName(log)) {
        throw new ConfigException(
            option,
            value,
            "'"
                + pair
                + "' is not topic:log, with 1 to 200 letters, digits, '.', '_' or '-' for the log,"
                + " starting with a letter or digit");
      }
      String before = logs.putIfAbsent(topic, log);
      if (before != null && !before.equals(log)) {
        throw new ConfigException(
            option,
            value,
            "topic '" + topic + "' has two logs, '" + before + "' and '" + log + "'");
      }
    }
    return logs;
  }

  /** What the sink is called in the logs. */
  public WriterIdNames names() {
    String sinkId = getString(SINK_ID);
    if (sinkId == null) {
      Object name = originals().get(CONNECTOR_NAME);
      if (name == null) {
        throw new ConfigException(
            SINK_ID, null, "there is no connector name to take in its place: set it");
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
    Integer partitions = getInt(LOG_PARTITIONS);
    return new TopicMapping(
        getString(StoreOptions.PREFIX),
        getString(LOG_NAME_FORMAT),
        topicToLog(TOPIC_TO_LOG, getList(TOPIC_TO_LOG)),
        Validators.constant(TopicMapping.Partitions.class, getString(LOG_PARTITION_MAPPING)),
        partitions == null ? 0 : partitions,
        getBoolean(LOG_CREATE),
        getBoolean(LOG_GROW));
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
            getLong(FLUSH_BYTES), getInt(FLUSH_RECORDS), getLong(FLUSH_LINGER_MS)),
        memory(),
        patience(),
        new SinkSettings.Records(
            Validators.constant(Tombstones.class, getString(TOMBSTONES)),
            Validators.constant(OnRerouted.class, getString(ON_REROUTED)),
            getBoolean(ORIGIN_HEADERS),
            getString(ORIGIN_HEADERS_PREFIX)),
        resume());
  }

  SinkSettings.Memory memory() {
    if (getLong(BUFFER_BYTES) < getInt(OBJECT_BYTES)) {
      throw new ConfigException(
          BUFFER_BYTES,
          getLong(BUFFER_BYTES),
          "it has to hold an object: set it to "
              + OBJECT_BYTES
              + "="
              + getInt(OBJECT_BYTES)
              + " at least, better four times that, or lower that one");
    }
    return new SinkSettings.Memory(
        getLong(BUFFER_BYTES),
        getInt(OBJECT_BYTES),
        getInt(UPLOADS_IN_FLIGHT),
        Validators.constant(Compression.class, getString(COMPRESSION)));
  }

  SinkSettings.Patience patience() {
    if (getLong(RETRY_BACKOFF_MAX_MS) < getLong(RETRY_BACKOFF_MS)) {
      throw new ConfigException(
          RETRY_BACKOFF_MAX_MS,
          getLong(RETRY_BACKOFF_MAX_MS),
          "it is below " + RETRY_BACKOFF_MS + "=" + getLong(RETRY_BACKOFF_MS));
    }
    return new SinkSettings.Patience(
        getLong(OPEN_TIMEOUT_MS),
        getLong(FLUSH_TIMEOUT_MS),
        getLong(FENCED_RETRY_MS),
        getLong(RETRY_BACKOFF_MS),
        getLong(RETRY_BACKOFF_MAX_MS),
        getLong(RETRY_TIMEOUT_MS));
  }

  ResumePolicy resume() {
    StartPosition start = Validators.constant(StartPosition.class, getString(START_POSITION));
    if (start == StartPosition.LATEST && !hasTopicChecks()) {
      throw new ConfigException(
          START_POSITION,
          getString(START_POSITION),
          "Kafka has to be asked where the end is: set " + TOPIC_CHECKS + "=" + ON + " as well");
    }
    return new ResumePolicy(
        Validators.constant(OnTrouble.class, getString(ON_TOPIC_RECREATED)),
        Validators.constant(OnTrouble.class, getString(ON_OFFSETS_LOST)),
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
    return getString(TOPIC_CHECKS).toLowerCase(Locale.ROOT).equals(ON);
  }

  /** For the start of a connector. */
  void warnOfUncheckedTopics() {
    if (!hasTopicChecks()) {
      LOG.warn(
          "{}={}: topics that are recreated and records that Kafka deletes before they are written"
              + " will not be noticed",
          TOPIC_CHECKS,
          OFF);
    }
  }

  void requireKafka() {
    if (hasTopicChecks() && getList(KAFKA_BOOTSTRAP_SERVERS).isEmpty()) {
      throw new ConfigException(
          KAFKA_BOOTSTRAP_SERVERS,
          "",
          "the sink asks Kafka whether a topic was recreated and whether records were deleted"
              + " before they were written, and a connector is not told where the worker's Kafka"
              + " is: set it to the same servers, or "
              + TOPIC_CHECKS
              + "="
              + OFF
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
    Map<String, Object> options = new HashMap<>(originalsWithPrefix(KAFKA_ADMIN_PREFIX));
    options.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, getList(KAFKA_BOOTSTRAP_SERVERS));
    options.putIfAbsent(AdminClientConfig.CLIENT_ID_CONFIG, "raftless-sink-" + names().sinkId());
    try {
      return new AdminKafkaTopics(Admin.create(options));
    } catch (RuntimeException e) {
      // The reason may quote options, and options may be secrets: only its type is told.
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new ConfigException(
          KAFKA_BOOTSTRAP_SERVERS,
          getList(KAFKA_BOOTSTRAP_SERVERS),
          "no admin client can be made of it and of "
              + KAFKA_ADMIN_PREFIX
              + "* ("
              + reason.getClass().getName()
              + "): check them; the reason is not repeated here, it may quote a secret");
    }
  }
}
