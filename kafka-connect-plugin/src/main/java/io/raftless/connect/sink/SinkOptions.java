package io.raftless.connect.sink;

import io.raftless.connect.config.StoreOptions;
import io.raftless.connect.config.Validators;
import io.raftless.connect.convert.ConvertOptions;
import io.raftless.format.Compression;
import io.raftless.id.Name;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** The options of the sink: their names, defaults, and what each may be by itself. */
public final class SinkOptions {
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

  static final String ON = "on";
  static final String OFF = "off";

  private static final long HOUR_MILLIS = 3_600_000;
  private static final ConfigDef DEFINITION = define();

  private SinkOptions() {}

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
        Validators.checkedBy(SinkOptions::requireNameFormat),
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
        "Whether a log that is missing is created. Otherwise the task fails.",
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

  static Map<String, String> topicToLog(String option, Object value) {
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
}
