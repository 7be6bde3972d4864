package io.raftless.connect.source;

import io.raftless.connect.config.StoreOptions;
import io.raftless.connect.config.Validators;
import io.raftless.connect.convert.ConvertOptions;
import io.raftless.id.Name;
import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import io.raftless.log.ResetTo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The options of the source connector, see {@code docs/kafka-connect.md}. */
public final class SourceConfig extends AbstractConfig {
  public static final String GROUP_LOGS = "Logs and topics";
  public static final String GROUP_START = "Where to start";
  public static final String GROUP_READING = "Reading";
  public static final String GROUP_PROGRESS = "Progress";

  public static final String LOGS = "logs";
  public static final String LOGS_REGEX = "logs.regex";
  public static final String TOPIC_FORMAT = "topic.format";
  public static final String PARTITION_MAPPING = "partition.mapping";
  public static final String DISCOVERY_INTERVAL_MS = "discovery.interval.ms";
  public static final String START_POSITION = "start.position";
  public static final String START_TIMESTAMP_MS = "start.timestamp.ms";
  public static final String ON_TRIMMED = "on.trimmed";
  public static final String ON_REMOVED = "on.removed";
  public static final String TRANSACTION_UNIT = "transaction.unit";
  public static final String TRANSACTION_RECORDS = "transaction.records";
  public static final String POLL_RECORDS_MAX = "poll.records.max";
  public static final String BUFFER_BYTES = "buffer.bytes";
  public static final String IN_FLIGHT_BYTES = "in.flight.bytes";
  public static final String RETRY_TIMEOUT_MS = "retry.timeout.ms";
  public static final String GROUP = "group";
  public static final String GROUP_COMMIT = "group.commit";
  public static final String GROUP_COMMIT_INTERVAL_MS = "group.commit.interval.ms";

  /** What Connect calls the connector. */
  static final String CONNECTOR_NAME = "name";

  /** Room for {@link StartPins#MARKER_SUFFIX}. */
  private static final int LONGEST_GROUP = 192;

  /**
   * Several requests to the store under way. More is slower where Kafka is the limit: records that
   * wait live longer than the young generation of a worker, and the garbage collector copies them.
   */
  private static final long USUAL_BUFFER_BYTES = 16L << 20;

  private static final long LEAST_BUFFER_BYTES = 1L << 20;

  /**
   * Three requests of the size that a producer makes (max.request.size): one is under way, as
   * Connect's producers have it, one is full, and one is being filled.
   */
  private static final long USUAL_IN_FLIGHT_BYTES = 3L << 20;

  private static final long LEAST_IN_FLIGHT_BYTES = 64L << 10;

  /** Which Kafka partition a record goes to. */
  public enum PartitionMapping {
    /** That of the same number as its log partition. */
    KEEP,
    /** The one that the producer's partitioner chooses, by key. */
    HASH
  }

  /** Where the first start begins. */
  public enum StartPosition {
    EARLIEST,
    LATEST,
    TIMESTAMP
  }

  /** What to do with a log that is deleted, or created again. */
  public enum OnRemoved {
    /** Fail. */
    FAIL,
    /** Leave it, with a warning; read the new one from its beginning. */
    IGNORE
  }

  /** What is one transaction if the connector defines them. */
  public enum TransactionUnit {
    /** A batch of the log as it is stored. */
    BATCH,
    /** So many records. */
    RECORDS
  }

  private static final ConfigDef DEFINITION = define();

  /**
   * Reads and checks the options.
   *
   * @throws ConfigException if one is wrong or they do not fit each other
   */
  public SourceConfig(Map<String, String> options) {
    super(DEFINITION, options, false);
    contradictions(options, values())
        .forEach(
            (option, trouble) -> {
              throw new ConfigException(option, values().get(option), trouble);
            });
  }

  /** What the options are. */
  public static ConfigDef definition() {
    return DEFINITION;
  }

  private static ConfigDef define() {
    ConfigDef def = new ConfigDef();
    StoreOptions.define(def);
    defineLogs(def);
    ConvertOptions.define(def);
    defineStart(def);
    defineReading(def);
    defineProgress(def);
    return def;
  }

  private static void defineLogs(ConfigDef def) {
    int place = 0;
    def.define(
        LOGS,
        ConfigDef.Type.LIST,
        List.of(),
        (option, value) -> names(option, value),
        Importance.HIGH,
        "The names of the logs to read, separated by commas. Either this or " + LOGS_REGEX + ".",
        GROUP_LOGS,
        ++place,
        Width.LONG,
        "Logs");
    def.define(
        LOGS_REGEX,
        ConfigDef.Type.STRING,
        null,
        Validators.optional(Validators.checkedBy(Pattern::compile)),
        Importance.HIGH,
        "A regular expression: all logs below the prefix whose whole name matches are read, also"
            + " those that are created later. Either this or "
            + LOGS
            + ".",
        GROUP_LOGS,
        ++place,
        Width.LONG,
        "Logs, by pattern");
    def.define(
        TOPIC_FORMAT,
        ConfigDef.Type.STRING,
        "${log}",
        Validators.checkedBy(TopicFormat::new),
        Importance.HIGH,
        "The topic of a log: ${log} is its name, ${prefix} its key prefix with hyphens for slashes.",
        GROUP_LOGS,
        ++place,
        Width.MEDIUM,
        "Topic");
    def.define(
        PARTITION_MAPPING,
        ConfigDef.Type.STRING,
        Validators.word(PartitionMapping.KEEP),
        Validators.oneOf(PartitionMapping.class),
        Importance.MEDIUM,
        "'keep': log partition n to Kafka partition n, which the topic must have. 'hash': the"
            + " producer chooses by key; the order of a log partition is kept per key only.",
        GROUP_LOGS,
        ++place,
        Width.SHORT,
        "Partitions",
        Validators.recommend(PartitionMapping.class));
    def.define(
        DISCOVERY_INTERVAL_MS,
        ConfigDef.Type.LONG,
        60_000L,
        ConfigDef.Range.between(0L, 86_400_000L),
        Importance.MEDIUM,
        "How often to look for new logs and partitions; 0 for only at the start.",
        GROUP_LOGS,
        ++place,
        Width.SHORT,
        "Discovery interval (ms)");
  }

  private static void defineStart(ConfigDef def) {
    int place = 0;
    def.define(
        START_POSITION,
        ConfigDef.Type.STRING,
        Validators.word(StartPosition.EARLIEST),
        Validators.oneOf(StartPosition.class),
        Importance.HIGH,
        "Where the connector's first start begins. It is decided once and kept; what is found later"
            + " is read from its beginning.",
        GROUP_START,
        ++place,
        Width.SHORT,
        "Start position",
        Validators.recommend(StartPosition.class));
    def.define(
        START_TIMESTAMP_MS,
        ConfigDef.Type.LONG,
        null,
        Validators.optional(ConfigDef.Range.atLeast(0L)),
        Importance.MEDIUM,
        "Milliseconds since the epoch: start at the first record that is not older. Only with "
            + START_POSITION
            + "=timestamp.",
        GROUP_START,
        ++place,
        Width.MEDIUM,
        "Start timestamp (ms)",
        Validators.visibleIf(START_POSITION, Validators.word(StartPosition.TIMESTAMP), null));
    def.define(
        ON_TRIMMED,
        ConfigDef.Type.STRING,
        Validators.word(ReaderOptions.OnTrimmed.FAIL),
        Validators.oneOf(ReaderOptions.OnTrimmed.class),
        Importance.MEDIUM,
        "What to do when records that were not read yet are gone from the log: fail, or go on at the"
            + " earliest there are, with a warning and counted.",
        GROUP_START,
        ++place,
        Width.SHORT,
        "On trimmed records",
        Validators.recommend(ReaderOptions.OnTrimmed.class));
    def.define(
        ON_REMOVED,
        ConfigDef.Type.STRING,
        Validators.word(OnRemoved.FAIL),
        Validators.oneOf(OnRemoved.class),
        Importance.MEDIUM,
        "What to do when a log is deleted, or deleted and created again, while it is read: fail, or"
            + " leave it with a warning and read the new one from its beginning.",
        GROUP_START,
        ++place,
        Width.SHORT,
        "On removed logs",
        Validators.recommend(OnRemoved.class));
  }

  private static void defineReading(ConfigDef def) {
    int place = 0;
    def.define(
        TRANSACTION_UNIT,
        ConfigDef.Type.STRING,
        Validators.word(TransactionUnit.BATCH),
        Validators.oneOf(TransactionUnit.class),
        Importance.MEDIUM,
        "What is one Kafka transaction with transaction.boundary=connector: a batch as the log"
            + " stores it, or a number of records.",
        GROUP_READING,
        ++place,
        Width.SHORT,
        "Transactions",
        Validators.recommend(TransactionUnit.class));
    def.define(
        TRANSACTION_RECORDS,
        ConfigDef.Type.INT,
        1_000,
        ConfigDef.Range.between(1, 1_000_000),
        Importance.MEDIUM,
        "How many records are in a transaction at most with " + TRANSACTION_UNIT + "=records.",
        GROUP_READING,
        ++place,
        Width.SHORT,
        "Records per transaction",
        Validators.visibleIf(TRANSACTION_UNIT, Validators.word(TransactionUnit.RECORDS), null));
    def.define(
        POLL_RECORDS_MAX,
        ConfigDef.Type.INT,
        2_000,
        ConfigDef.Range.between(1, 1_000_000),
        Importance.LOW,
        "How many records are handed to Connect at a time. More only where a transaction has more;"
            + " fewer, a quarter of in.flight.bytes, while others are on their way to Kafka.",
        GROUP_READING,
        ++place,
        Width.SHORT,
        "Records per poll");
    def.define(
        BUFFER_BYTES,
        ConfigDef.Type.LONG,
        null,
        Validators.optional(ConfigDef.Range.atLeast(LEAST_BUFFER_BYTES)),
        Importance.MEDIUM,
        "How much a task reads ahead, over all its partitions. Not set: 16 MiB, or a quarter of the"
            + " heap if that is less.",
        GROUP_READING,
        ++place,
        Width.SHORT,
        "Buffer (bytes)");
    def.define(
        IN_FLIGHT_BYTES,
        ConfigDef.Type.LONG,
        USUAL_IN_FLIGHT_BYTES,
        ConfigDef.Range.atLeast(LEAST_IN_FLIGHT_BYTES),
        Importance.LOW,
        "A task reads on when less than this, about, is on its way to Kafka, so that records do not"
            + " fill the memory of the producer. Raise it with the producer's batch.size and"
            + " max.request.size, and if Kafka is far away or has many brokers. Where"
            + " acknowledgements come with the end of a transaction, it waits for them a tenth of a"
            + " second, once in each.",
        GROUP_READING,
        ++place,
        Width.SHORT,
        "On its way to Kafka (bytes)");
    def.define(
        RETRY_TIMEOUT_MS,
        ConfigDef.Type.LONG,
        600_000L,
        ConfigDef.Range.atLeast(0L),
        Importance.MEDIUM,
        "How long a task, or the start of the connector, goes on trying while the store fails, before"
            + " it fails itself.",
        GROUP_READING,
        ++place,
        Width.SHORT,
        "Retry time-out (ms)");
  }

  private static void defineProgress(ConfigDef def) {
    int place = 0;
    def.define(
        GROUP,
        ConfigDef.Type.STRING,
        null,
        Validators.optional(Validators.checkedBy(SourceConfig::requireGroup)),
        Importance.MEDIUM,
        "The consumer group whose cursors hold where to start, and show the progress. Not set: the"
            + " connector's name. No two connectors may share one.",
        GROUP_PROGRESS,
        ++place,
        Width.MEDIUM,
        "Consumer group");
    def.define(
        GROUP_COMMIT,
        ConfigDef.Type.BOOLEAN,
        true,
        Importance.LOW,
        "Whether the cursors are moved on to what Kafka has, so that lag shows in the log.",
        GROUP_PROGRESS,
        ++place,
        Width.SHORT,
        "Move cursors");
    def.define(
        GROUP_COMMIT_INTERVAL_MS,
        ConfigDef.Type.LONG,
        10_000L,
        ConfigDef.Range.between(0L, 86_400_000L),
        Importance.LOW,
        "How often at most: each time is a write for each partition that moved on.",
        GROUP_PROGRESS,
        ++place,
        Width.SHORT,
        "Cursor interval (ms)");
  }

  private static void names(String option, @Nullable Object value) {
    for (Object name : (List<?>) (value == null ? List.of() : value)) {
      if (!Name.isName((String) name)) {
        throw new ConfigException(
            option,
            name,
            "a log is called by 1 to 200 letters, digits, '.', '_' or '-', starting with a letter"
                + " or digit");
      }
    }
  }

  private static void requireGroup(String name) {
    Name.require("group", name);
    if (name.length() > LONGEST_GROUP) {
      throw new IllegalArgumentException(
          "the group has " + name.length() + " characters: use at most " + LONGEST_GROUP);
    }
  }

  /**
   * What does not fit together although each option is fine.
   *
   * @param options as given
   * @param parsed all of them
   * @return what is wrong, by option
   */
  static Map<String, String> contradictions(Map<String, String> options, Map<String, ?> parsed) {
    Map<String, String> wrong = new TreeMap<>();
    List<?> given = (List<?>) parsed.get(LOGS);
    List<?> logs = given == null ? List.of() : given;
    String regex = (String) parsed.get(LOGS_REGEX);
    boolean hasLogs = !logs.isEmpty();
    boolean hasRegex = regex != null && !regex.isEmpty();
    if (hasLogs == hasRegex) {
      String what = hasLogs ? "both are given" : "neither is given";
      wrong.put(LOGS, what + ": set either " + LOGS + " or " + LOGS_REGEX);
      wrong.put(LOGS_REGEX, what + ": set either " + LOGS + " or " + LOGS_REGEX);
    }
    if (hasLogs && logs.stream().distinct().count() < logs.size()) {
      wrong.put(LOGS, "a log is named twice: name each once");
    }
    boolean byTime = isWord(parsed, START_POSITION, StartPosition.TIMESTAMP);
    boolean hasTime = parsed.get(START_TIMESTAMP_MS) != null;
    if (byTime && !hasTime) {
      wrong.put(START_TIMESTAMP_MS, "set it: " + START_POSITION + " is timestamp");
    } else if (hasTime && !byTime) {
      wrong.put(
          START_TIMESTAMP_MS, "set " + START_POSITION + "=timestamp with it, or leave it out");
    }
    if (options.containsKey(TRANSACTION_RECORDS)
        && !isWord(parsed, TRANSACTION_UNIT, TransactionUnit.RECORDS)) {
      wrong.put(TRANSACTION_RECORDS, "set " + TRANSACTION_UNIT + "=records, or leave it out");
    }
    if (hasLogs) {
      topics(logs, word(parsed, StoreOptions.PREFIX), word(parsed, TOPIC_FORMAT), wrong);
    }
    return wrong;
  }

  private static void topics(
      List<?> logs, String prefix, String format, Map<String, String> wrong) {
    try {
      TopicFormat topics = new TopicFormat(format);
      logs.forEach(log -> topics.topic(LogId.of(prefix, (String) log)));
    } catch (IllegalArgumentException e) {
      wrong.put(TOPIC_FORMAT, String.valueOf(e.getMessage()));
    }
  }

  private static boolean isWord(Map<String, ?> parsed, String option, Enum<?> constant) {
    return Validators.word(constant).equalsIgnoreCase(word(parsed, option));
  }

  private static String word(Map<String, ?> parsed, String option) {
    return Objects.toString(parsed.get(option), "");
  }

  /** The logs that are named; empty if they are found by {@link #pattern}. */
  List<LogId> logs() {
    return getList(LOGS).stream()
        .map(name -> StoreOptions.log(this, LOGS, name))
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .toList();
  }

  /** What whole names of logs match; null if they are named. */
  @Nullable Pattern pattern() {
    String regex = getString(LOGS_REGEX);
    return regex == null || regex.isEmpty() ? null : Pattern.compile(regex);
  }

  /** Whether a log is among those to read. */
  boolean covers(LogId log) {
    Pattern pattern = pattern();
    return pattern == null
        ? logs().contains(log)
        : log.prefix().equals(prefix()) && pattern.matcher(log.name()).matches();
  }

  String prefix() {
    return getString(StoreOptions.PREFIX);
  }

  TopicFormat topicFormat() {
    return new TopicFormat(getString(TOPIC_FORMAT));
  }

  boolean keepsPartitions() {
    return Validators.constant(PartitionMapping.class, getString(PARTITION_MAPPING))
        == PartitionMapping.KEEP;
  }

  /** Zero if nothing is looked for. */
  Duration discoveryInterval() {
    return Duration.ofMillis(getLong(DISCOVERY_INTERVAL_MS));
  }

  ResetTo startPosition() {
    return switch (Validators.constant(StartPosition.class, getString(START_POSITION))) {
      case EARLIEST -> ResetTo.earliest();
      case LATEST -> ResetTo.latest();
      case TIMESTAMP -> ResetTo.timestamp(getLong(START_TIMESTAMP_MS));
    };
  }

  boolean skipsTrimmed() {
    return Validators.constant(ReaderOptions.OnTrimmed.class, getString(ON_TRIMMED))
        == ReaderOptions.OnTrimmed.EARLIEST;
  }

  boolean ignoresRemoved() {
    return Validators.constant(OnRemoved.class, getString(ON_REMOVED)) == OnRemoved.IGNORE;
  }

  TransactionUnit transactionUnit() {
    return Validators.constant(TransactionUnit.class, getString(TRANSACTION_UNIT));
  }

  int transactionRecords() {
    return getInt(TRANSACTION_RECORDS);
  }

  int pollRecordsMax() {
    return getInt(POLL_RECORDS_MAX);
  }

  long bufferBytes() {
    Long bytes = getLong(BUFFER_BYTES);
    return bytes != null
        ? bytes
        : Math.max(
            LEAST_BUFFER_BYTES, Math.min(USUAL_BUFFER_BYTES, Runtime.getRuntime().maxMemory() / 4));
  }

  long inFlightBytes() {
    return getLong(IN_FLIGHT_BYTES);
  }

  Duration retryTimeout() {
    return Duration.ofMillis(getLong(RETRY_TIMEOUT_MS));
  }

  boolean commitsGroup() {
    return getBoolean(GROUP_COMMIT);
  }

  Duration groupCommitInterval() {
    return Duration.ofMillis(getLong(GROUP_COMMIT_INTERVAL_MS));
  }

  /** The consumer group, see {@link #GROUP}. */
  String group() {
    String group = getString(GROUP);
    return group != null
        ? group
        : groupOf((String) originals().getOrDefault(CONNECTOR_NAME, "raftless-source"));
  }

  /**
   * A connector's name, if a group may be called so. Else what is left of it and a digest,
   * *because* two names may have the same left.
   */
  static String groupOf(String connector) {
    if (Name.isName(connector) && connector.length() <= LONGEST_GROUP) {
      return connector;
    }
    String left = connector.replaceAll("[^A-Za-z0-9._-]", "-");
    String digest =
        UUID.nameUUIDFromBytes(connector.getBytes(StandardCharsets.UTF_8))
            .toString()
            .substring(0, 8)
            .toLowerCase(Locale.ROOT);
    String name = "c" + left.substring(0, Math.min(left.length(), 150)) + "-" + digest;
    return Name.require("group", name);
  }
}
