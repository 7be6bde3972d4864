package io.raftless.flink.table;

import io.raftless.flink.sink.OnRewind;
import io.raftless.flink.source.OnPoison;
import io.raftless.flink.source.OnRemoved;
import io.raftless.format.Compression;
import io.raftless.log.ReaderOptions;
import io.raftless.store.s3.ChecksumMode;
import io.raftless.store.s3.ETagStyle;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * The options of the tables {@code raftless} and {@code raftless-upsert}, and those of the object
 * store for the catalog {@code raftless} as well.
 *
 * <p>Values of enumerations are taken in upper and lower case; the documentation names them.
 */
public final class RaftlessConnectorOptions {

  // ---------------------------------------------------------------------------------------------
  // The object store
  // ---------------------------------------------------------------------------------------------

  public static final ConfigOption<String> BUCKET =
      ConfigOptions.key("bucket")
          .stringType()
          .noDefaultValue()
          .withDescription("The bucket that holds the logs: the name alone, without s3://.");

  public static final ConfigOption<String> PREFIX =
      ConfigOptions.key("prefix")
          .stringType()
          .defaultValue("")
          .withDescription(
              "The key prefix below which the logs are, without slashes at its ends. Empty for the"
                  + " root of the bucket.");

  public static final ConfigOption<String> S3_ENDPOINT =
      ConfigOptions.key("s3.endpoint")
          .stringType()
          .noDefaultValue()
          .withDescription("http(s)://host:port of an S3-compatible store. Default: Amazon S3.");

  public static final ConfigOption<String> S3_REGION =
      ConfigOptions.key("s3.region")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The region to sign for. Default: us-east-1 with an endpoint, else what the AWS SDK"
                  + " finds.");

  public static final ConfigOption<Boolean> S3_PATH_STYLE =
      ConfigOptions.key("s3.path-style")
          .booleanType()
          .noDefaultValue()
          .withDescription(
              "Whether the bucket is named in the path and not in the host name. Default: true with"
                  + " an endpoint, else false.");

  public static final ConfigOption<String> S3_ACCESS_KEY_ID =
      ConfigOptions.key("s3.access-key-id")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The access key. Default: what the AWS SDK's default chain finds where the job runs,"
                  + " which keeps secrets out of SQL.");

  public static final ConfigOption<String> S3_SECRET_ACCESS_KEY =
      ConfigOptions.key("s3.secret-access-key")
          .stringType()
          .noDefaultValue()
          .withDescription("The secret of the access key. It travels in the job graph.");

  public static final ConfigOption<String> S3_SESSION_TOKEN =
      ConfigOptions.key("s3.session-token")
          .stringType()
          .noDefaultValue()
          .withDescription("The session token, if the access key is a temporary one.");

  public static final ConfigOption<String> S3_ROLE_ARN =
      ConfigOptions.key("s3.role-arn")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A role to assume through AWS STS, with the credentials that there are.");

  public static final ConfigOption<String> S3_ROLE_SESSION_NAME =
      ConfigOptions.key("s3.role-session-name")
          .stringType()
          .noDefaultValue()
          .withDescription("What the role's session is called in audit logs. Default: raftless.");

  public static final ConfigOption<String> S3_ROLE_EXTERNAL_ID =
      ConfigOptions.key("s3.role-external-id")
          .stringType()
          .noDefaultValue()
          .withDescription("The external id that the owner of the role wants to hear.");

  public static final ConfigOption<Encryption> S3_ENCRYPTION =
      ConfigOptions.key("s3.encryption")
          .enumType(Encryption.class)
          .defaultValue(Encryption.BUCKET_DEFAULT)
          .withDescription("How S3 encrypts what is written.");

  public static final ConfigOption<String> S3_KMS_KEY_ID =
      ConfigOptions.key("s3.kms-key-id")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Id, ARN or alias of the KMS key, for s3.encryption = kms. Default: the AWS managed"
                  + " key.");

  public static final ConfigOption<ChecksumMode> S3_CHECKSUM_MODE =
      ConfigOptions.key("s3.checksum-mode")
          .enumType(ChecksumMode.class)
          .defaultValue(ChecksumMode.WHEN_REQUIRED)
          .withDescription(
              "Whether the AWS SDK adds checksums of its own. Raftless checks its data in any"
                  + " case.");

  public static final ConfigOption<ETagStyle> S3_ETAG_STYLE =
      ConfigOptions.key("s3.etag-style")
          .enumType(ETagStyle.class)
          .defaultValue(ETagStyle.AUTO)
          .withDescription("How ETags are sent in conditions. auto finds out.");

  public static final ConfigOption<Duration> S3_REQUEST_TIMEOUT =
      ConfigOptions.key("s3.request-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(30))
          .withDescription("How long one attempt of a request with a small body may take.");

  public static final ConfigOption<Integer> S3_MAX_CONNECTIONS =
      ConfigOptions.key("s3.max-connections")
          .intType()
          .defaultValue(64)
          .withDescription("How many requests a subtask has under way at a time.");

  public static final ConfigOption<String> S3_PROBE_PREFIX =
      ConfigOptions.key("s3.probe-prefix")
          .stringType()
          .defaultValue("")
          .withDescription(
              "Where the probe at start-up writes, ending in a slash, for credentials that may not"
                  + " write everywhere.");

  // ---------------------------------------------------------------------------------------------
  // The log and its formats
  // ---------------------------------------------------------------------------------------------

  public static final ConfigOption<List<String>> LOG =
      ConfigOptions.key("log")
          .stringType()
          .asList()
          .noDefaultValue()
          .withDescription(
              "Name of the log; a source also takes several, separated by ';'. Either this or"
                  + " log-pattern is required.");

  public static final ConfigOption<String> LOG_PATTERN =
      ConfigOptions.key("log-pattern")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A regular expression: a source reads all logs below the prefix whose whole name"
                  + " matches, and finds new ones while it runs. Not for sinks.");

  public static final ConfigOption<String> FORMAT = FactoryUtil.FORMAT;

  public static final ConfigOption<String> VALUE_FORMAT =
      ConfigOptions.key("value.format")
          .stringType()
          .noDefaultValue()
          .withDescription("The format of values, such as json. Another name for 'format'.");

  public static final ConfigOption<String> KEY_FORMAT =
      ConfigOptions.key("key.format")
          .stringType()
          .noDefaultValue()
          .withDescription("The format of keys. Without it keys are neither read nor written.");

  public static final ConfigOption<List<String>> KEY_FIELDS =
      ConfigOptions.key("key.fields")
          .stringType()
          .asList()
          .noDefaultValue()
          .withDescription(
              "The columns that make the key, separated by ';'. Required with key.format; an upsert"
                  + " table takes its primary key instead.");

  public static final ConfigOption<String> KEY_FIELDS_PREFIX =
      ConfigOptions.key("key.fields-prefix")
          .stringType()
          .defaultValue("")
          .withDescription(
              "What the names of all key columns begin with, to keep them apart from those of the"
                  + " value. The key format does not see it. Needs value.fields-include ="
                  + " EXCEPT_KEY.");

  public static final ConfigOption<ValueFieldsInclude> VALUE_FIELDS_INCLUDE =
      ConfigOptions.key("value.fields-include")
          .enumType(ValueFieldsInclude.class)
          .defaultValue(ValueFieldsInclude.ALL)
          .withDescription("Whether the columns of the key are part of the value as well.");

  // ---------------------------------------------------------------------------------------------
  // The source
  // ---------------------------------------------------------------------------------------------

  public static final ConfigOption<StartupMode> SCAN_STARTUP_MODE =
      ConfigOptions.key("scan.startup.mode")
          .enumType(StartupMode.class)
          .defaultValue(StartupMode.EARLIEST)
          .withDescription("Where reading starts without a checkpoint or savepoint.");

  public static final ConfigOption<Long> SCAN_STARTUP_TIMESTAMP_MILLIS =
      ConfigOptions.key("scan.startup.timestamp-millis")
          .longType()
          .noDefaultValue()
          .withDescription(
              "For startup mode timestamp: each partition starts at its first record of this time"
                  + " or later, in milliseconds since the epoch.");

  public static final ConfigOption<String> SCAN_STARTUP_SPECIFIC_OFFSETS =
      ConfigOptions.key("scan.startup.specific-offsets")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "For startup mode specific-offsets: the first offset to read of every partition, as"
                  + " 'partition:0,offset:42;partition:1,offset:300'.");

  public static final ConfigOption<GroupFallback> SCAN_STARTUP_GROUP_FALLBACK =
      ConfigOptions.key("scan.startup.group-fallback")
          .enumType(GroupFallback.class)
          .defaultValue(GroupFallback.EARLIEST)
          .withDescription(
              "For startup mode group-offsets: where partitions start in which the group has no"
                  + " cursor.");

  public static final ConfigOption<BoundedMode> SCAN_BOUNDED_MODE =
      ConfigOptions.key("scan.bounded.mode")
          .enumType(BoundedMode.class)
          .noDefaultValue()
          .withDescription(
              "Where reading stops. Default: unbounded in streaming mode, latest in batch mode.");

  public static final ConfigOption<Long> SCAN_BOUNDED_TIMESTAMP_MILLIS =
      ConfigOptions.key("scan.bounded.timestamp-millis")
          .longType()
          .noDefaultValue()
          .withDescription(
              "For bounded mode timestamp: each partition stops before its first record of this time"
                  + " or later, in milliseconds since the epoch.");

  public static final ConfigOption<String> SCAN_BOUNDED_SPECIFIC_OFFSETS =
      ConfigOptions.key("scan.bounded.specific-offsets")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "For bounded mode specific-offsets: the offset after the last one to read of every"
                  + " partition, written as for the start.");

  public static final ConfigOption<Duration> SCAN_DISCOVERY_INTERVAL =
      ConfigOptions.key("scan.discovery-interval")
          .durationType()
          .noDefaultValue()
          .withDescription(
              "How often an unbounded source looks for new partitions and logs. 0 switches it off."
                  + " Default: the source's own.");

  public static final ConfigOption<OnRemoved> SCAN_ON_REMOVED =
      ConfigOptions.key("scan.on-removed")
          .enumType(OnRemoved.class)
          .defaultValue(OnRemoved.FAIL)
          .withDescription("What to do when a log that is read was deleted.");

  public static final ConfigOption<ReaderOptions.OnTrimmed> SCAN_ON_TRIMMED =
      ConfigOptions.key("scan.on-trimmed")
          .enumType(ReaderOptions.OnTrimmed.class)
          .defaultValue(ReaderOptions.OnTrimmed.FAIL)
          .withDescription("What to do when an offset that is to be read was trimmed away.");

  public static final ConfigOption<OnPoison> SCAN_ON_POISON =
      ConfigOptions.key("scan.on-poison")
          .enumType(OnPoison.class)
          .defaultValue(OnPoison.FAIL)
          .withDescription("What to do with a record that the formats cannot read.");

  public static final ConfigOption<Integer> SCAN_RANGES_PER_PARTITION =
      ConfigOptions.key("scan.ranges-per-partition")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Into how many ranges a bounded source cuts each partition, to read them in parallel."
                  + " Order within a partition is lost with more than one. Default: one.");

  public static final ConfigOption<Integer> SCAN_PARALLELISM = FactoryUtil.SOURCE_PARALLELISM;

  public static final ConfigOption<String> GROUP =
      ConfigOptions.key("group")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The consumer group whose cursors startup mode group-offsets starts from, and that"
                  + " cursors are committed for.");

  public static final ConfigOption<Boolean> GROUP_COMMIT_ON_CHECKPOINT =
      ConfigOptions.key("group.commit-on-checkpoint")
          .booleanType()
          .noDefaultValue()
          .withDescription(
              "Whether the cursors of the group follow completed checkpoints. The job itself never"
                  + " restores from them. Default: true if there is a group.");

  // ---------------------------------------------------------------------------------------------
  // The sink
  // ---------------------------------------------------------------------------------------------

  public static final ConfigOption<String> SINK_ID =
      ConfigOptions.key("sink.id")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The name under which this sink writes the log, the same over all restarts and"
                  + " upgrades. Required for exactly-once; of two jobs with one sink id the younger"
                  + " stops the older for good.");

  public static final ConfigOption<DeliveryGuarantee> SINK_DELIVERY_GUARANTEE =
      ConfigOptions.key("sink.delivery-guarantee")
          .enumType(DeliveryGuarantee.class)
          .defaultValue(DeliveryGuarantee.EXACTLY_ONCE)
          .withDescription("exactly-once, at-least-once or none.");

  public static final ConfigOption<String> SINK_PARTITIONER =
      ConfigOptions.key("sink.partitioner")
          .stringType()
          .defaultValue("key")
          .withDescription(
              "key (hash of the key bytes; records without a key go round), fixed (one partition for"
                  + " each subtask), round-robin, or the name of a class that implements"
                  + " RaftlessPartitioner<RowData>.");

  public static final ConfigOption<Integer> SINK_PARALLELISM = FactoryUtil.SINK_PARALLELISM;

  public static final ConfigOption<OnRewind> SINK_ON_REWIND =
      ConfigOptions.key("sink.on-rewind")
          .enumType(OnRewind.class)
          .defaultValue(OnRewind.FAIL)
          .withDescription(
              "What to do when the job was restored from an older state than the log shows.");

  public static final ConfigOption<Integer> SINK_CREATE_PARTITIONS =
      ConfigOptions.key("sink.create-partitions")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Creates the log with so many partitions if it is missing. By default a missing log"
                  + " fails the job.");

  public static final ConfigOption<Boolean> SINK_COMPACT_AFTER_COMMIT =
      ConfigOptions.key("sink.compact-after-commit")
          .booleanType()
          .defaultValue(false)
          .withDescription("Whether the job compacts the log after its commits.");

  public static final ConfigOption<Compression> SINK_COMPRESSION =
      ConfigOptions.key("sink.compression")
          .enumType(Compression.class)
          .defaultValue(Compression.ZSTD)
          .withDescription("none, lz4 or zstd.");

  public static final ConfigOption<MemorySize> SINK_OBJECT_SIZE =
      ConfigOptions.key("sink.object-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(8))
          .withDescription(
              "How much a writer buffers before it uploads an object, 1 kb to 512 mb. It takes up to"
                  + " four times as much memory.");

  // ---------------------------------------------------------------------------------------------
  // The catalog
  // ---------------------------------------------------------------------------------------------

  public static final ConfigOption<String> DEFAULT_DATABASE =
      ConfigOptions.key("default-database")
          .stringType()
          .defaultValue("default")
          .withDescription("What the one database of the catalog is called.");

  public static final ConfigOption<Boolean> ALLOW_DROP =
      ConfigOptions.key("allow-drop")
          .booleanType()
          .defaultValue(false)
          .withDescription("Whether DROP TABLE deletes the log with all its records.");

  public static final ConfigOption<Integer> PARTITIONS =
      ConfigOptions.key("partitions")
          .intType()
          .defaultValue(1)
          .withDescription("With how many partitions CREATE TABLE in a catalog creates the log.");

  private RaftlessConnectorOptions() {}

  /** See {@link #S3_ENCRYPTION}. */
  public enum Encryption {
    /** As the bucket has it. */
    BUCKET_DEFAULT,
    /** With keys that S3 manages. */
    SSE_S3,
    /** With a key of AWS KMS. */
    KMS;

    @Override
    public String toString() {
      return hyphenated(this);
    }
  }

  /** See {@link #VALUE_FIELDS_INCLUDE}. */
  public enum ValueFieldsInclude {
    /** All columns are part of the value. */
    ALL,
    /** The columns of the key are not. */
    EXCEPT_KEY
  }

  /** See {@link #SCAN_STARTUP_MODE}. */
  public enum StartupMode {
    /** The first readable record. */
    EARLIEST,
    /** Only what is written from now on. */
    LATEST,
    /** A time, see {@link #SCAN_STARTUP_TIMESTAMP_MILLIS}. */
    TIMESTAMP,
    /** Given offsets, see {@link #SCAN_STARTUP_SPECIFIC_OFFSETS}. */
    SPECIFIC_OFFSETS,
    /** The cursors of a group, see {@link #GROUP}. */
    GROUP_OFFSETS;

    @Override
    public String toString() {
      return hyphenated(this);
    }
  }

  /** See {@link #SCAN_STARTUP_GROUP_FALLBACK}. */
  public enum GroupFallback {
    /** The first readable record. */
    EARLIEST,
    /** Only what is written from now on. */
    LATEST,
    /** A time, see {@link #SCAN_STARTUP_TIMESTAMP_MILLIS}. */
    TIMESTAMP;

    @Override
    public String toString() {
      return hyphenated(this);
    }
  }

  /** See {@link #SCAN_BOUNDED_MODE}. */
  public enum BoundedMode {
    /** Never. */
    UNBOUNDED,
    /** At the end that each partition has when the job starts. */
    LATEST,
    /** Before a time, see {@link #SCAN_BOUNDED_TIMESTAMP_MILLIS}. */
    TIMESTAMP,
    /** At given offsets, see {@link #SCAN_BOUNDED_SPECIFIC_OFFSETS}. */
    SPECIFIC_OFFSETS;

    @Override
    public String toString() {
      return hyphenated(this);
    }
  }

  private static String hyphenated(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
