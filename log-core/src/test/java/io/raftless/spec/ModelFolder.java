package io.raftless.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder of models.
 *
 * @param path of the folder
 * @param configurations that can be run, by name
 * @param problems with all other files: one line each
 */
record ModelFolder(Path path, List<ModelConfiguration> configurations, List<String> problems) {
  private static final String MODULE_ENDING = ".tla";
  private static final Pattern EXTENDED = Pattern.compile("EXTENDS\\s+(\\w+(?:\\s*,\\s*\\w+)*)");
  private static final Pattern INSTANTIATED = Pattern.compile("INSTANCE\\s+(\\w+)");

  static ModelFolder read(Path path) throws IOException {
    List<ModelConfiguration> configurations = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Path file : files(path).stream().filter(ModelConfiguration::isOne).toList()) {
      try {
        ModelConfiguration configuration = ModelConfiguration.read(file);
        if (Files.exists(path.resolve(configuration.module() + MODULE_ENDING))) {
          configurations.add(configuration);
        } else {
          problems.add(file.getFileName() + ": no module " + configuration.module());
        }
      } catch (IllegalArgumentException e) {
        problems.add(file.getFileName() + ": " + e.getMessage());
      }
    }
    problems.addAll(unused(path, configurations));
    return new ModelFolder(path, List.copyOf(configurations), List.copyOf(problems));
  }

  private static List<Path> files(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** A module that no configuration checks, not even as a part of another, says nothing. */
  private static List<String> unused(Path path, List<ModelConfiguration> configurations)
      throws IOException {
    Set<String> unused = new TreeSet<>();
    for (Path file : files(path)) {
      String name = file.getFileName().toString();
      if (name.endsWith(MODULE_ENDING)) {
        unused.add(name.substring(0, name.length() - MODULE_ENDING.length()));
      }
    }
    Set<String> used = new HashSet<>();
    for (ModelConfiguration configuration : configurations) {
      use(path, configuration.module(), used);
    }
    unused.removeAll(used);
    return unused.stream()
        .map(module -> module + MODULE_ENDING + ": no configuration checks it")
        .toList();
  }

  private static void use(Path path, String module, Set<String> used) throws IOException {
    Path file = path.resolve(module + MODULE_ENDING);
    // Standard modules are not in the folder.
    if (!Files.exists(file) || !used.add(module)) {
      return;
    }
    String text = Files.readString(file);
    for (Pattern pattern : List.of(EXTENDED, INSTANTIATED)) {
      Matcher matcher = pattern.matcher(text);
      while (matcher.find()) {
        for (String other : matcher.group(1).split("\\s*,\\s*", -1)) {
          use(path, other, used);
        }
      }
    }
  }
}
