package io.raftless.flink.table;

import java.util.function.Function;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;

/** Says what is wrong with an option: its name, its value, and what to do. */
final class Options {
  private Options() {}

  /** An option's value does not fit. */
  static ValidationException invalid(ConfigOption<?> option, Object value, String whatToDo) {
    return new ValidationException(
        "Option '" + option.key() + "' is '" + value + "': " + whatToDo + ".");
  }

  /** An option is not there but must be. */
  static ValidationException missing(ConfigOption<?> option, String whatToDo) {
    return new ValidationException("Option '" + option.key() + "' is missing: " + whatToDo + ".");
  }

  /** Gets an option that others make necessary. */
  static <T> T required(ReadableConfig options, ConfigOption<T> option, String whatToDo) {
    return options.getOptional(option).orElseThrow(() -> missing(option, whatToDo));
  }

  /**
   * Turns a value into something that checks it. The message of what it throws must not show
   * secrets.
   */
  static <T, R> R checked(ConfigOption<T> option, T value, Function<T, R> check) {
    try {
      return check.apply(value);
    } catch (IllegalArgumentException e) {
      throw new ValidationException("Option '" + option.key() + "': " + e.getMessage() + ".", e);
    }
  }
}
