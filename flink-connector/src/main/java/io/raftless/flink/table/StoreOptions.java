package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.BUCKET;
import static io.raftless.flink.table.RaftlessConnectorOptions.PREFIX;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ACCESS_KEY_ID;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_CHECKSUM_MODE;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ENCRYPTION;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ENDPOINT;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ETAG_STYLE;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_KMS_KEY_ID;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_MAX_CONNECTIONS;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_PATH_STYLE;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_PROBE_PREFIX;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_REGION;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_REQUEST_TIMEOUT;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ROLE_ARN;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ROLE_EXTERNAL_ID;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_ROLE_SESSION_NAME;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_SECRET_ACCESS_KEY;
import static io.raftless.flink.table.RaftlessConnectorOptions.S3_SESSION_TOKEN;

import io.raftless.store.s3.AssumedRole;
import io.raftless.store.s3.S3Settings;
import io.raftless.store.s3.ServerSideEncryption;
import java.net.URI;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;

/** The options that say where the object store is. */
final class StoreOptions {
  /** All but the bucket, which is required. */
  static final Set<ConfigOption<?>> OPTIONAL =
      Set.of(
          PREFIX,
          S3_ENDPOINT,
          S3_REGION,
          S3_PATH_STYLE,
          S3_ACCESS_KEY_ID,
          S3_SECRET_ACCESS_KEY,
          S3_SESSION_TOKEN,
          S3_ROLE_ARN,
          S3_ROLE_SESSION_NAME,
          S3_ROLE_EXTERNAL_ID,
          S3_ENCRYPTION,
          S3_KMS_KEY_ID,
          S3_CHECKSUM_MODE,
          S3_ETAG_STYLE,
          S3_REQUEST_TIMEOUT,
          S3_MAX_CONNECTIONS,
          S3_PROBE_PREFIX);

  /** Those that nobody may see. */
  static final Set<ConfigOption<?>> SECRET =
      Set.of(S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_SESSION_TOKEN, S3_ROLE_EXTERNAL_ID);

  private StoreOptions() {}

  /**
   * Makes settings of options.
   *
   * @throws ValidationException if a value does not fit
   */
  static S3Settings toSettings(ReadableConfig options) {
    String bucket =
        Options.required(options, BUCKET, "name the bucket that holds the logs, without s3://");
    S3Settings.Builder settings = Options.checked(BUCKET, bucket, S3Settings::builder);
    options
        .getOptional(S3_ENDPOINT)
        .ifPresent(
            endpoint ->
                Options.checked(
                    S3_ENDPOINT, endpoint, value -> settings.endpoint(URI.create(value))));
    options
        .getOptional(S3_REGION)
        .ifPresent(region -> Options.checked(S3_REGION, region, settings::region));
    options.getOptional(S3_PATH_STYLE).ifPresent(settings::pathStyle);
    addCredentials(options, settings);
    addRole(options, settings);
    addEncryption(options, settings);
    settings.checksumMode(options.get(S3_CHECKSUM_MODE));
    settings.etagStyle(options.get(S3_ETAG_STYLE));
    Options.checked(S3_REQUEST_TIMEOUT, options.get(S3_REQUEST_TIMEOUT), settings::requestTimeout);
    Options.checked(S3_MAX_CONNECTIONS, options.get(S3_MAX_CONNECTIONS), settings::maxConnections);
    Options.checked(S3_PROBE_PREFIX, options.get(S3_PROBE_PREFIX), settings::probePrefix);
    return settings.build();
  }

  private static void addCredentials(ReadableConfig options, S3Settings.Builder settings) {
    String keyId = options.getOptional(S3_ACCESS_KEY_ID).orElse(null);
    String secret = options.getOptional(S3_SECRET_ACCESS_KEY).orElse(null);
    String token = options.getOptional(S3_SESSION_TOKEN).orElse(null);
    if (keyId == null && secret == null && token == null) {
      return;
    }
    if (keyId == null) {
      throw Options.missing(
          S3_ACCESS_KEY_ID,
          "give it along with '"
              + S3_SECRET_ACCESS_KEY.key()
              + "', or neither to use what the AWS SDK finds");
    }
    if (secret == null) {
      throw Options.missing(
          S3_SECRET_ACCESS_KEY,
          "give it along with '"
              + S3_ACCESS_KEY_ID.key()
              + "', or neither to use what the AWS SDK finds");
    }
    Options.checked(
        S3_SECRET_ACCESS_KEY,
        secret,
        value ->
            token == null
                ? settings.credentials(keyId, value)
                : settings.credentials(keyId, value, token));
  }

  private static void addRole(ReadableConfig options, S3Settings.Builder settings) {
    String arn = options.getOptional(S3_ROLE_ARN).orElse(null);
    if (arn == null) {
      requireAbsent(options, S3_ROLE_SESSION_NAME, S3_ROLE_ARN);
      requireAbsent(options, S3_ROLE_EXTERNAL_ID, S3_ROLE_ARN);
      return;
    }
    AssumedRole role = Options.checked(S3_ROLE_ARN, arn, AssumedRole::of);
    String session = options.getOptional(S3_ROLE_SESSION_NAME).orElse(null);
    if (session != null) {
      role = Options.checked(S3_ROLE_SESSION_NAME, session, role::withSessionName);
    }
    String externalId = options.getOptional(S3_ROLE_EXTERNAL_ID).orElse(null);
    if (externalId != null) {
      role = Options.checked(S3_ROLE_EXTERNAL_ID, externalId, role::withExternalId);
    }
    settings.assumeRole(role);
  }

  private static void addEncryption(ReadableConfig options, S3Settings.Builder settings) {
    RaftlessConnectorOptions.Encryption encryption = options.get(S3_ENCRYPTION);
    String key = options.getOptional(S3_KMS_KEY_ID).orElse("");
    switch (encryption) {
      case BUCKET_DEFAULT -> settings.encryption(ServerSideEncryption.bucketDefault());
      case SSE_S3 -> settings.encryption(ServerSideEncryption.managedByS3());
      case KMS ->
          settings.encryption(Options.checked(S3_KMS_KEY_ID, key, ServerSideEncryption::kms));
    }
    if (encryption != RaftlessConnectorOptions.Encryption.KMS && !key.isEmpty()) {
      throw Options.invalid(
          S3_KMS_KEY_ID, key, "set '" + S3_ENCRYPTION.key() + "' = 'kms' with it, or leave it out");
    }
  }

  private static void requireAbsent(
      ReadableConfig options, ConfigOption<String> option, ConfigOption<String> needed) {
    if (options.getOptional(option).isPresent()) {
      throw new ValidationException(
          "Option '"
              + option.key()
              + "' is set without '"
              + needed.key()
              + "': set that as well, or leave it out.");
    }
  }
}
