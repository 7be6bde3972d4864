package io.raftless.connect.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Checks and recommendations of single options. */
public final class Validators {
  private Validators() {}

  /** Accepts what {@code use} takes without an {@link IllegalArgumentException}. */
  public static ConfigDef.Validator checkedBy(Consumer<String> use) {
    return (option, value) -> {
      if (value == null) {
        throw new ConfigException(option, null, "it has to be set");
      }
      try {
        use.accept((String) value);
      } catch (IllegalArgumentException e) {
        throw new ConfigException(option, value, e.getMessage());
      }
    };
  }

  /** The same, and nothing. */
  public static ConfigDef.Validator optional(ConfigDef.Validator ifSet) {
    return (option, value) -> {
      if (value != null) {
        ifSet.ensureValid(option, value);
      }
    };
  }

  /** One of some words, in any case. */
  public static ConfigDef.Validator oneOf(String... words) {
    return ConfigDef.CaseInsensitiveValidString.in(words);
  }

  /** One of an enum's constants, in lower case with hyphens. */
  public static ConfigDef.Validator oneOf(Class<? extends Enum<?>> constants) {
    return oneOf(words(constants));
  }

  /** The constant that a word means which {@link #oneOf(Class)} let pass. */
  public static <E extends Enum<E>> E constant(Class<E> constants, String word) {
    return Enum.valueOf(constants, word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** The word for a constant. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Recommends words, always. */
  public static ConfigDef.Recommender recommend(String... words) {
    List<Object> all = List.of((Object[]) words);
    return new ConfigDef.Recommender() {
      @Override
      public List<Object> validValues(String option, Map<String, Object> parsed) {
        return all;
      }

      @Override
      public boolean visible(String option, Map<String, Object> parsed) {
        return true;
      }
    };
  }

  /** Recommends an enum's constants. */
  public static ConfigDef.Recommender recommend(Class<? extends Enum<?>> constants) {
    return recommend(words(constants));
  }

  /** Recommends an enum's constants, and shows the option only if another one has this value. */
  public static ConfigDef.Recommender visibleIf(
      String other, String value, @Nullable Class<? extends Enum<?>> constants) {
    List<Object> all = constants == null ? List.of() : List.of((Object[]) words(constants));
    return new ConfigDef.Recommender() {
      @Override
      public List<Object> validValues(String option, Map<String, Object> parsed) {
        return all;
      }

      @Override
      public boolean visible(String option, Map<String, Object> parsed) {
        Object now = parsed.get(other);
        return now != null && now.toString().equalsIgnoreCase(value);
      }
    };
  }

  private static String[] words(Class<? extends Enum<?>> constants) {
    return Arrays.stream(constants.getEnumConstants()).map(Validators::word).toArray(String[]::new);
  }
}
