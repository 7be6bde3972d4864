package io.raftless.connect.convert;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.ConverterConfig;
import org.apache.kafka.connect.storage.ConverterType;
import org.apache.kafka.connect.storage.HeaderConverter;

/**
 * The options that say how keys, values and headers are bytes in the log. Either {@code raw}, or
 * the class of a converter with options of its own below the option's name.
 */
public final class ConvertOptions {
  /** The group that {@link #define} puts them in. */
  public static final String GROUP = "Format in the log";

  public static final String KEY_CONVERTER = "log.key.converter";
  public static final String VALUE_CONVERTER = "log.value.converter";
  public static final String HEADER_CONVERTER = "log.header.converter";

  /** Bytes as they are. */
  public static final String RAW = "raw";

  private ConvertOptions() {}

  /** Adds the options to a definition. */
  public static ConfigDef define(ConfigDef def) {
    int place = 0;
    for (String[] option :
        new String[][] {
          {KEY_CONVERTER, "keys", "Key converter"},
          {VALUE_CONVERTER, "values", "Value converter"},
          {HEADER_CONVERTER, "values of headers", "Header converter"}
        }) {
      def.define(
          option[0],
          ConfigDef.Type.STRING,
          RAW,
          Importance.MEDIUM,
          "How "
              + option[1]
              + " are bytes in the log: '"
              + RAW
              + "' for those that Kafka has (with ByteArrayConverter as the connector's converter), or"
              + " the class of a converter, whose options begin with "
              + option[0]
              + ".",
          GROUP,
          ++place,
          Width.LONG,
          option[2]);
    }
    return def;
  }

  /**
   * Makes the format that options ask for.
   *
   * @throws ConfigException if a converter cannot be made
   */
  public static LogFormat format(AbstractConfig config) {
    return new LogFormat(
        converter(config, KEY_CONVERTER, true),
        converter(config, VALUE_CONVERTER, false),
        headerConverter(config));
  }

  private static Converter converter(AbstractConfig config, String option, boolean isKey) {
    if (isRaw(config, option)) {
      return new RawConverter(isKey ? "key" : "value", isKey ? "key.converter" : "value.converter");
    }
    Converter converter = instance(config, option, Converter.class);
    try {
      converter.configure(config.originalsWithPrefix(option + "."), isKey);
    } catch (RuntimeException e) {
      throw cannotBeMade(config, option, e);
    }
    return converter;
  }

  private static HeaderConverter headerConverter(AbstractConfig config) {
    if (isRaw(config, HEADER_CONVERTER)) {
      return new RawConverter("header", "header.converter");
    }
    HeaderConverter converter = instance(config, HEADER_CONVERTER, HeaderConverter.class);
    Map<String, Object> options = new HashMap<>(config.originalsWithPrefix(HEADER_CONVERTER + "."));
    options.put(ConverterConfig.TYPE_CONFIG, ConverterType.HEADER.getName());
    try {
      converter.configure(options);
    } catch (RuntimeException e) {
      throw cannotBeMade(config, HEADER_CONVERTER, e);
    }
    return converter;
  }

  private static boolean isRaw(AbstractConfig config, String option) {
    return config.getString(option).equalsIgnoreCase(RAW);
  }

  private static <T> T instance(AbstractConfig config, String option, Class<T> type) {
    try {
      return Utils.newInstance(config.getString(option), type);
    } catch (ClassNotFoundException | RuntimeException e) {
      throw cannotBeMade(config, option, e);
    }
  }

  private static ConfigException cannotBeMade(
      AbstractConfig config, String option, Exception reason) {
    ConfigException trouble =
        new ConfigException(
            option,
            config.getString(option),
            "no converter could be made of it ("
                + reason
                + "): give '"
                + RAW
                + "', or a class on the worker's plugin path and options that it takes");
    trouble.initCause(reason);
    return trouble;
  }
}
