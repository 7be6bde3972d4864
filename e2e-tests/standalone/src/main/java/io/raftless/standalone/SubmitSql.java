package io.raftless.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Runs the statements of a file on a cluster, as the SQL client would, and prints a line {@code job
 * <id>} for each job that it submitted. It does not wait for jobs.
 */
public final class SubmitSql {
  /** The SQL client understands this, the table environment does not. */
  private static final Pattern SETTING = Pattern.compile("SET '([^']+)' = '([^']*)'");

  private SubmitSql() {}

  /**
   * Submits.
   *
   * @param arguments the folder with Flink's configuration, and a file of statements, each of which
   *     ends with a semicolon at the end of a line
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) {
      throw new IllegalArgumentException(
          "give the folder of config.yaml and a file of SQL, not " + Arrays.toString(arguments));
    }
    Configuration configuration = GlobalConfiguration.loadConfiguration(arguments[0]);
    TableEnvironment environment =
        TableEnvironment.create(
            EnvironmentSettings.newInstance().withConfiguration(configuration).build());
    for (String statement : statements(Files.readString(Path.of(arguments[1])))) {
      Matcher setting = SETTING.matcher(statement);
      if (setting.matches()) {
        environment.getConfig().set(setting.group(1), setting.group(2));
      } else {
        execute(environment, statement);
      }
    }
  }

  private static void execute(TableEnvironment environment, String statement) {
    environment
        .executeSql(statement)
        .getJobClient()
        .map(JobClient::getJobID)
        .ifPresent(job -> System.out.println("job " + job));
  }

  private static List<String> statements(String text) {
    return Arrays.stream(text.split(";\\s*(\\R|$)", -1))
        .map(String::strip)
        .filter(statement -> !statement.isEmpty())
        .toList();
  }
}
