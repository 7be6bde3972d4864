package io.raftless.connect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this plugin, from the build. */
final class PluginVersion {
  private static final String FILE = "plugin-version.properties";

  private PluginVersion() {}

  /** Never blank: Connect refuses plugins without a version. */
  static String get() {
    try (InputStream file = PluginVersion.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new IllegalStateException(FILE + " is not in the plugin: build it with Maven");
      }
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + FILE, e);
    }
  }
}
