package io.raftless.connect.sink;

import io.raftless.connect.config.StoreOptions;
import io.raftless.connect.convert.ConvertOptions;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what is wrong with the options of a sink before it runs: each option by itself, then how
 * they fit each other, and only if all that is right, whether the store can be used.
 */
public final class SinkValidation {
  private static final Logger LOG = LoggerFactory.getLogger(SinkValidation.class);

  /** Connect's REST requests are given up after 90 s. */
  private static final Duration STORE_TIMEOUT = Duration.ofSeconds(20);

  /** The most partitions that a log has, and so the longest number in a writer id. */
  private static final int HIGHEST_PARTITION = 9_999;

  private static final String BYTES_CONVERTER =
      "org.apache.kafka.connect.converters.ByteArrayConverter";

  /** Converters that never make bytes, unless a transformation does afterwards. */
  private static final Set<String> NO_BYTES =
      Set.of(
          "org.apache.kafka.connect.storage.StringConverter",
          "org.apache.kafka.connect.storage.SimpleHeaderConverter",
          "org.apache.kafka.connect.json.JsonConverter",
          "org.apache.kafka.connect.converters.BooleanConverter",
          "org.apache.kafka.connect.converters.DoubleConverter",
          "org.apache.kafka.connect.converters.FloatConverter",
          "org.apache.kafka.connect.converters.IntegerConverter",
          "org.apache.kafka.connect.converters.LongConverter",
          "org.apache.kafka.connect.converters.ShortConverter");

  private final Function<SinkSettings, StoreFactory> stores;
  private final Duration storeTimeout;

  /** With the store that the options name. */
  public SinkValidation() {
    this(SinkSettings::store, STORE_TIMEOUT);
  }

  SinkValidation(Function<SinkSettings, StoreFactory> stores, Duration storeTimeout) {
    this.stores = stores;
    this.storeTimeout = storeTimeout;
  }

  /** Reports what is wrong in the values of the options. Takes a bounded time. */
  public Config validate(Map<String, String> options) {
    Map<String, ConfigValue> values = checkOptions(options);
    if (isClean(values)) {
      checkStore(new SinkConfig(options), values);
    }
    return new Config(List.copyOf(values.values()));
  }

  /**
   * Fails with the first thing that is wrong with the options; the store is not looked at.
   *
   * @throws ConfigException that names the option, its value and what to do
   */
  public void require(Map<String, String> options) {
    for (ConfigValue value : checkOptions(options).values()) {
      if (!value.errorMessages().isEmpty()) {
        throw new ConfigException(value.errorMessages().get(0));
      }
    }
    warnOfHeaders(options);
  }

  private static boolean isClean(Map<String, ConfigValue> values) {
    return values.values().stream().allMatch(value -> value.errorMessages().isEmpty());
  }

  private static Map<String, ConfigValue> checkOptions(Map<String, String> options) {
    Map<String, ConfigValue> values = new LinkedHashMap<>();
    SinkOptions.definition().validate(options).forEach(value -> values.put(value.name(), value));
    if (!isClean(values)) {
      return values;
    }
    SinkConfig config = new SinkConfig(options);
    check(values, StoreOptions.BUCKET, () -> StoreOptions.settings(config));
    check(values, SinkOptions.SINK_ID, config::names);
    check(values, SinkOptions.LOG_PARTITIONS, config::mapping);
    check(values, SinkOptions.BUFFER_BYTES, config::memory);
    check(values, SinkOptions.RETRY_BACKOFF_MAX_MS, config::patience);
    check(values, SinkOptions.START_POSITION, config::resume);
    check(values, ConvertOptions.VALUE_CONVERTER, () -> config.newFormat().close());
    if (isClean(values)) {
      checkTopics(options, config, values);
      checkRaw(options, config, values);
      check(values, SinkOptions.KAFKA_BOOTSTRAP_SERVERS, () -> config.newKafkaTopics().close());
    }
    return values;
  }

  private static void check(Map<String, ConfigValue> values, String option, Runnable check) {
    try {
      check.run();
    } catch (ConfigException e) {
      value(values, optionOf(e, values).orElse(option)).addErrorMessage(e.getMessage());
    }
  }

  /** An option whose check found something in another one: the message names it. */
  private static Optional<String> optionOf(
      ConfigException trouble, Map<String, ConfigValue> values) {
    String message = String.valueOf(trouble.getMessage());
    return values.keySet().stream()
        .filter(name -> message.contains(" for configuration " + name + ":"))
        .findFirst();
  }

  private static ConfigValue value(Map<String, ConfigValue> values, String option) {
    return values.computeIfAbsent(option, ConfigValue::new);
  }

  private static void checkTopics(
      Map<String, String> options, SinkConfig config, Map<String, ConfigValue> values) {
    ConfiguredTopics topics;
    try {
      topics = ConfiguredTopics.of(options);
    } catch (PatternSyntaxException e) {
      // Connect's own check of the option says so.
      return;
    }
    TopicMapping mapping = config.mapping();
    WriterIdNames names = config.names();
    for (String topic : topics.names()) {
      check(values, SinkOptions.LOG_NAME_FORMAT, () -> mapping.log(topic));
      check(values, SinkOptions.SINK_ID, () -> names.of(topic, HIGHEST_PARTITION));
    }
    if (topics.names().isEmpty() && topics.regex() == null) {
      return;
    }
    for (String topic : mapping.topicToLog().keySet()) {
      if (!topics.has(topic)) {
        value(values, SinkOptions.TOPIC_TO_LOG)
            .addErrorMessage(
                new ConfigException(
                        SinkOptions.TOPIC_TO_LOG,
                        config.getList(SinkOptions.TOPIC_TO_LOG),
                        "topic '"
                            + topic
                            + "' is not one of "
                            + topics
                            + ": correct its name, or leave it out")
                    .getMessage());
      }
    }
  }

  private static void checkRaw(
      Map<String, String> options, SinkConfig config, Map<String, ConfigValue> values) {
    String transforms = options.get("transforms");
    if (transforms != null && !transforms.isBlank()) {
      return;
    }
    for (String ours :
        List.of(
            ConvertOptions.KEY_CONVERTER,
            ConvertOptions.VALUE_CONVERTER,
            ConvertOptions.HEADER_CONVERTER)) {
      String theirs = ours.substring("log.".length());
      String converter = options.get(theirs);
      if (converter != null && isRaw(config, ours) && NO_BYTES.contains(converter)) {
        value(values, ours)
            .addErrorMessage(
                new ConfigException(
                        ours,
                        config.getString(ours),
                        "it takes bytes, and "
                            + theirs
                            + "="
                            + converter
                            + " makes something else of them: set "
                            + theirs
                            + "="
                            + BYTES_CONVERTER
                            + ", or "
                            + ours
                            + " to a converter that makes bytes again")
                    .getMessage());
      }
    }
  }

  private static boolean isRaw(SinkConfig config, String option) {
    return config.getString(option).equalsIgnoreCase(ConvertOptions.RAW);
  }

  /** What is right for most workers is wrong for headers only, and only if records have some. */
  private static void warnOfHeaders(Map<String, String> options) {
    SinkConfig config = new SinkConfig(options);
    if (options.get("header.converter") == null && isRaw(config, ConvertOptions.HEADER_CONVERTER)) {
      LOG.warn(
          "header.converter is not set for this connector. Unless the worker's is {}, records with"
              + " headers are bad records: set it for the connector",
          BYTES_CONVERTER);
    }
    config.warnOfUncheckedTopics();
  }

  /** The first time that a bucket is opened, a probe finds out whether it is safe to use. */
  private void checkStore(SinkConfig config, Map<String, ConfigValue> values) {
    StoreFactory factory = stores.apply(config.toSettings());
    CompletableFuture<Void> opened = new CompletableFuture<>();
    Thread opening =
        new Thread(
            () -> {
              try {
                try (ObjectStore store = factory.open()) {
                  LOG.debug("{} can be used", store);
                }
                opened.complete(null);
              } catch (RuntimeException | Error e) {
                opened.completeExceptionally(e);
              }
            },
            "raftless-validation");
    opening.setDaemon(true);
    opening.setContextClassLoader(SinkValidation.class.getClassLoader());
    opening.start();
    try {
      opened.get(storeTimeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      addStoreError(config, values, e.getCause() == null ? e.toString() : reason(e.getCause()));
    } catch (TimeoutException e) {
      addStoreError(
          config, values, "the store did not answer within " + storeTimeout.toSeconds() + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      addStoreError(config, values, "the look at the store was interrupted");
    }
  }

  private static String reason(Throwable trouble) {
    return trouble.getMessage() == null ? trouble.toString() : trouble.getMessage();
  }

  private static void addStoreError(
      SinkConfig config, Map<String, ConfigValue> values, String reason) {
    String bucket = config.getString(StoreOptions.BUCKET);
    value(values, StoreOptions.BUCKET)
        .addErrorMessage(
            new ConfigException(StoreOptions.BUCKET, bucket, "it cannot be used: " + reason)
                .getMessage());
    String endpoint = config.getString(StoreOptions.ENDPOINT);
    if (endpoint != null) {
      value(values, StoreOptions.ENDPOINT)
          .addErrorMessage(
              new ConfigException(
                      StoreOptions.ENDPOINT,
                      endpoint,
                      "bucket '" + bucket + "' there cannot be used: " + reason)
                  .getMessage());
    }
  }
}
