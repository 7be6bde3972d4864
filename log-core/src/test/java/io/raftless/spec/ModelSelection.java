package io.raftless.spec;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which configurations are run.
 *
 * @param sizes of those that are run, if none is named
 * @param name of the only one that is run
 */
record ModelSelection(Set<ModelSize> sizes, Optional<String> name) {

  /** {@code raftless.models} is a list of sizes, {@code raftless.model} a configuration. */
  static ModelSelection fromProperties() {
    Set<ModelSize> sizes = EnumSet.noneOf(ModelSize.class);
    Arrays.stream(System.getProperty("raftless.models", "small").split(",", -1))
        .map(String::strip)
        .map(ModelSize::parse)
        .forEach(sizes::add);
    return new ModelSelection(
        sizes,
        Optional.ofNullable(System.getProperty("raftless.model"))
            .map(name -> name.replaceAll("\\.cfg$", "")));
  }

  boolean includes(ModelConfiguration configuration) {
    return name.map(configuration.name()::equals).orElse(sizes.contains(configuration.size()));
  }
}
