package io.raftless.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Models as small as they can be that end in every way in which TLC ends; with what it printed, in
 * files {@code .out} (of which only paths and the description of the machine are replaced).
 */
final class TinyModels {
  static final Path FOLDER = Path.of("src", "test", "resources", "io", "raftless", "spec", "tiny");

  private TinyModels() {}

  static ModelConfiguration configuration(String name) throws IOException {
    return ModelConfiguration.read(FOLDER.resolve(name + ".cfg"));
  }

  static String output(String name) throws IOException {
    return Files.readString(FOLDER.resolve(name + ".out"));
  }
}
