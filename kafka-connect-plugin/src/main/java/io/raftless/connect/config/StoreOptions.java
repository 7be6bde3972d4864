package io.raftless.connect.config;

import io.raftless.log.LogId;
import io.raftless.store.s3.AssumedRole;
import io.raftless.store.s3.ChecksumMode;
import io.raftless.store.s3.ETagStyle;
import io.raftless.store.s3.S3Settings;
import io.raftless.store.s3.ServerSideEncryption;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * The options that say where the object store is. Both connectors have them, in groups of their
 * own.
 */
public final class StoreOptions {
  /** The group that {@link #define} puts the place of the store in. */
  public static final String GROUP_STORE = "Object store";

  /** The group that {@link #define} puts keys and roles in. */
  public static final String GROUP_CREDENTIALS = "Credentials";

  public static final String BUCKET = "bucket";
  public static final String PREFIX = "prefix";
  public static final String ENDPOINT = "s3.endpoint";
  public static final String REGION = "s3.region";
  public static final String PATH_STYLE = "s3.path.style";
  public static final String ACCESS_KEY_ID = "s3.access.key.id";
  public static final String SECRET_ACCESS_KEY = "s3.secret.access.key";
  public static final String SESSION_TOKEN = "s3.session.token";
  public static final String ROLE_ARN = "s3.role.arn";
  public static final String ROLE_SESSION_NAME = "s3.role.session.name";
  public static final String ROLE_EXTERNAL_ID = "s3.role.external.id";
  public static final String ENCRYPTION = "s3.encryption";
  public static final String KMS_KEY_ID = "s3.kms.key.id";
  public static final String CHECKSUM_MODE = "s3.checksum.mode";
  public static final String ETAG_STYLE = "s3.etag.style";
  public static final String REQUEST_TIMEOUT_MS = "s3.request.timeout.ms";
  public static final String MAX_CONNECTIONS = "s3.max.connections";
  public static final String PROBE_PREFIX = "s3.probe.prefix";

  private static final String BUCKET_DEFAULT = "bucket-default";
  private static final String SSE_S3 = "sse-s3";
  private static final String KMS = "kms";

  private StoreOptions() {}

  /** Adds the options to a definition. */
  public static ConfigDef define(ConfigDef def) {
    int place = 0;
    def.define(
        BUCKET,
        ConfigDef.Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        Validators.checkedBy(S3Settings::builder),
        Importance.HIGH,
        "The bucket that holds the logs: its name alone, without s3://.",
        GROUP_STORE,
        ++place,
        Width.MEDIUM,
        "Bucket");
    def.define(
        PREFIX,
        ConfigDef.Type.STRING,
        "",
        Validators.checkedBy(prefix -> LogId.of(prefix, "log")),
        Importance.HIGH,
        "The key prefix below which the logs are, without slashes at its ends; empty for the root.",
        GROUP_STORE,
        ++place,
        Width.MEDIUM,
        "Key prefix");
    def.define(
        ENDPOINT,
        ConfigDef.Type.STRING,
        null,
        Validators.optional(
            Validators.checkedBy(url -> S3Settings.builder("any").endpoint(URI.create(url)))),
        Importance.MEDIUM,
        "The URL of an S3-compatible store, http(s)://host:port; not set for Amazon S3.",
        GROUP_STORE,
        ++place,
        Width.LONG,
        "Endpoint");
    def.define(
        REGION,
        ConfigDef.Type.STRING,
        null,
        Validators.optional(
            Validators.checkedBy(region -> S3Settings.builder("any").region(region))),
        Importance.MEDIUM,
        "The region to sign for. Not set: us-east-1 if there is an endpoint, else what the AWS SDK"
            + " finds.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "Region");
    def.define(
        PATH_STYLE,
        ConfigDef.Type.BOOLEAN,
        null,
        Importance.LOW,
        "Whether the bucket is named in the path of requests. Not set: if there is an endpoint.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "Path style");
    def.define(
        ENCRYPTION,
        ConfigDef.Type.STRING,
        BUCKET_DEFAULT,
        Validators.oneOf(BUCKET_DEFAULT, SSE_S3, KMS),
        Importance.LOW,
        "How S3 encrypts what is written: as the bucket has it, with keys of S3, or with KMS.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "Encryption",
        Validators.recommend(BUCKET_DEFAULT, SSE_S3, KMS));
    def.define(
        KMS_KEY_ID,
        ConfigDef.Type.STRING,
        "",
        Validators.checkedBy(ServerSideEncryption::kms),
        Importance.LOW,
        "The id, ARN or alias of the KMS key; empty for the AWS managed key. Only with "
            + ENCRYPTION
            + "="
            + KMS
            + ".",
        GROUP_STORE,
        ++place,
        Width.LONG,
        "KMS key");
    def.define(
        CHECKSUM_MODE,
        ConfigDef.Type.STRING,
        name(ChecksumMode.WHEN_REQUIRED),
        Validators.oneOf(ChecksumMode.class),
        Importance.LOW,
        "When the SDK adds CRC checksums to requests. Some stores refuse them.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "Checksums",
        Validators.recommend(ChecksumMode.class));
    def.define(
        ETAG_STYLE,
        ConfigDef.Type.STRING,
        name(ETagStyle.AUTO),
        Validators.oneOf(ETagStyle.class),
        Importance.LOW,
        "How ETags are sent in conditions; found out by the probe at the start unless said.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "ETags",
        Validators.recommend(ETagStyle.class));
    def.define(
        REQUEST_TIMEOUT_MS,
        ConfigDef.Type.LONG,
        30_000L,
        ConfigDef.Range.between(100L, 3_600_000L),
        Importance.LOW,
        "How long one attempt of a request may take, and a second more for each MiB in it.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "Request time-out (ms)");
    def.define(
        MAX_CONNECTIONS,
        ConfigDef.Type.INT,
        64,
        ConfigDef.Range.between(1, 1_024),
        Importance.LOW,
        "How many requests of a task may be under way at a time.",
        GROUP_STORE,
        ++place,
        Width.SHORT,
        "Connections");
    def.define(
        PROBE_PREFIX,
        ConfigDef.Type.STRING,
        "",
        Validators.checkedBy(prefix -> S3Settings.builder("any").probePrefix(prefix)),
        Importance.LOW,
        "Where the probe at the start writes, some/path/, for credentials that may not write"
            + " everywhere.",
        GROUP_STORE,
        ++place,
        Width.MEDIUM,
        "Probe prefix");
    defineCredentials(def);
    return def;
  }

  private static void defineCredentials(ConfigDef def) {
    int place = 0;
    for (String[] secret :
        new String[][] {
          {ACCESS_KEY_ID, "Access key id", "The access key id. Not set: what the AWS SDK finds."},
          {SECRET_ACCESS_KEY, "Secret access key", "The secret access key, with the id."},
          {SESSION_TOKEN, "Session token", "The session token of temporary keys."},
          {ROLE_EXTERNAL_ID, "External id", "The external id that the role asks for."}
        }) {
      def.define(
          secret[0],
          ConfigDef.Type.PASSWORD,
          null,
          Importance.MEDIUM,
          secret[2],
          GROUP_CREDENTIALS,
          ++place,
          Width.LONG,
          secret[1]);
    }
    def.define(
        ROLE_ARN,
        ConfigDef.Type.STRING,
        null,
        Validators.optional(Validators.checkedBy(AssumedRole::of)),
        Importance.MEDIUM,
        "The ARN of a role to assume with the keys that were given or found.",
        GROUP_CREDENTIALS,
        ++place,
        Width.LONG,
        "Role");
    def.define(
        ROLE_SESSION_NAME,
        ConfigDef.Type.STRING,
        null,
        Importance.LOW,
        "What the session of the role is called, for audit logs.",
        GROUP_CREDENTIALS,
        ++place,
        Width.MEDIUM,
        "Role session");
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The settings of a store.
   *
   * @param config that was parsed with {@link #define}
   * @throws ConfigException if the options do not fit each other
   */
  public static S3Settings settings(AbstractConfig config) {
    S3Settings.Builder settings = checked(BUCKET, config.getString(BUCKET), S3Settings::builder);
    ifSet(config, ENDPOINT, url -> settings.endpoint(URI.create(url)));
    ifSet(config, REGION, settings::region);
    Boolean pathStyle = config.getBoolean(PATH_STYLE);
    if (pathStyle != null) {
      settings.pathStyle(pathStyle);
    }
    addCredentials(config, settings);
    addRole(config, settings);
    addEncryption(config, settings);
    settings.checksumMode(Validators.constant(ChecksumMode.class, config.getString(CHECKSUM_MODE)));
    settings.etagStyle(Validators.constant(ETagStyle.class, config.getString(ETAG_STYLE)));
    settings.requestTimeout(Duration.ofMillis(config.getLong(REQUEST_TIMEOUT_MS)));
    settings.maxConnections(config.getInt(MAX_CONNECTIONS));
    ifSet(config, PROBE_PREFIX, settings::probePrefix);
    return settings.build();
  }

  /**
   * A log below the prefix.
   *
   * @param option that names it, for the message
   * @throws ConfigException if it cannot be the name of a log
   */
  public static LogId log(AbstractConfig config, String option, String name) {
    return checked(option, name, value -> LogId.of(config.getString(PREFIX), value));
  }

  private static void addCredentials(AbstractConfig config, S3Settings.Builder settings) {
    String keyId = secret(config, ACCESS_KEY_ID);
    String secret = secret(config, SECRET_ACCESS_KEY);
    String token = secret(config, SESSION_TOKEN);
    if (keyId == null && secret == null && token == null) {
      return;
    }
    if (keyId == null || secret == null) {
      throw new ConfigException(
          keyId == null ? ACCESS_KEY_ID : SECRET_ACCESS_KEY,
          null,
          "give "
              + ACCESS_KEY_ID
              + " and "
              + SECRET_ACCESS_KEY
              + " together, or neither of them to use what the AWS SDK finds");
    }
    if (token == null) {
      settings.credentials(keyId, secret);
    } else {
      settings.credentials(keyId, secret, token);
    }
  }

  private static void addRole(AbstractConfig config, S3Settings.Builder settings) {
    String arn = config.getString(ROLE_ARN);
    String session = config.getString(ROLE_SESSION_NAME);
    String externalId = secret(config, ROLE_EXTERNAL_ID);
    if (arn == null) {
      if (session != null || externalId != null) {
        throw new ConfigException(
            session != null ? ROLE_SESSION_NAME : ROLE_EXTERNAL_ID,
            null,
            "it is for a role: set " + ROLE_ARN + " as well, or leave it out");
      }
      return;
    }
    AssumedRole role = checked(ROLE_ARN, arn, AssumedRole::of);
    if (session != null) {
      role = checked(ROLE_SESSION_NAME, session, role::withSessionName);
    }
    if (externalId != null) {
      role = checkedSecret(ROLE_EXTERNAL_ID, externalId, role::withExternalId);
    }
    settings.assumeRole(role);
  }

  private static void addEncryption(AbstractConfig config, S3Settings.Builder settings) {
    String encryption = config.getString(ENCRYPTION).toLowerCase(Locale.ROOT);
    String key = config.getString(KMS_KEY_ID);
    if (!key.isEmpty() && !encryption.equals(KMS)) {
      throw new ConfigException(
          KMS_KEY_ID, key, "set " + ENCRYPTION + "=" + KMS + " with it, or leave it out");
    }
    switch (encryption) {
      case SSE_S3 -> settings.encryption(ServerSideEncryption.managedByS3());
      case KMS -> settings.encryption(checked(KMS_KEY_ID, key, ServerSideEncryption::kms));
      default -> settings.encryption(ServerSideEncryption.bucketDefault());
    }
  }

  private static @Nullable String secret(AbstractConfig config, String option) {
    Password password = config.getPassword(option);
    return password == null ? null : password.value();
  }

  private static void ifSet(AbstractConfig config, String option, Consumer<String> use) {
    String value = config.getString(option);
    if (value != null && !value.isEmpty()) {
      var unused =
          checked(
              option,
              value,
              v -> {
                use.accept(v);
                return v;
              });
    }
  }

  private static <T> T checked(String option, String value, Function<String, T> use) {
    try {
      return use.apply(value);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(option, value, e.getMessage());
    }
  }

  /** The value is shown to nobody. */
  private static <T> T checkedSecret(String option, String value, Function<String, T> use) {
    try {
      return use.apply(value);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(option, Password.HIDDEN, "it is not one; see the documentation");
    }
  }
}
