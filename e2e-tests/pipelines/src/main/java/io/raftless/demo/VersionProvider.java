package io.raftless.demo;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Finds the version that Maven wrote into the jar. */
final class VersionProvider implements IVersionProvider {
  private static final String POM = "/META-INF/maven/io.raftless/pipelines/pom.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream pom = VersionProvider.class.getResourceAsStream(POM)) {
      if (pom != null) {
        properties.load(pom);
      }
    }
    return new String[] {"raftless " + properties.getProperty("version", "(not packaged)")};
  }
}
