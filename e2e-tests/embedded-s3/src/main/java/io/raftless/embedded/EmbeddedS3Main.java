package io.raftless.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/**
 * The server in a JVM of its own. It says where it is in one line of JSON on standard output, then
 * answers every line on standard input with one line of JSON, and ends when standard input does: a
 * server never outlives the process that started it.
 */
@Command(
    name = "embedded-s3",
    mixinStandardHelpOptions = true,
    description = {
      "Runs an S3 server on the loopback interface until standard input ends.",
      "Prints one line of JSON when it is ready. Answers the lines 'requests' (how many requests"
          + " there were) and 'reset' (the same, and counts from zero again)."
    })
public final class EmbeddedS3Main implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final PrintStream answers;

  @Option(
      names = "--port",
      defaultValue = "0",
      description = "The port to listen on; 0, the default, is any free one.")
  private int port;

  @Option(names = "--folder", description = "Where to keep objects. Default: in memory.")
  private @Nullable Path folder;

  @Option(
      names = "--bucket",
      defaultValue = EmbeddedS3.DEFAULT_BUCKET,
      description = "The bucket to create, unless it is there. Default: ${DEFAULT-VALUE}")
  private String bucket = EmbeddedS3.DEFAULT_BUCKET;

  @Option(
      names = "--access-key-id",
      defaultValue = "${env:EMBEDDED_S3_ACCESS_KEY_ID}",
      description = "Default: EMBEDDED_S3_ACCESS_KEY_ID in the environment, or random.")
  private @Nullable String accessKeyId;

  // No default value in the annotation: picocli would show the secret in the help.
  @Option(
      names = "--secret-access-key",
      description = "Default: EMBEDDED_S3_SECRET_ACCESS_KEY in the environment, or random.")
  private @Nullable String secretAccessKey = System.getenv("EMBEDDED_S3_SECRET_ACCESS_KEY");

  private EmbeddedS3Main(PrintStream answers) {
    this.answers = answers;
  }

  /** Runs the command and ends the JVM with 0, 1 (could not start) or 2 (wrong options). */
  public static void main(String[] arguments) {
    PrintStream answers = System.out;
    // Whatever logs to standard output must not get between the answers.
    System.setOut(System.err);
    System.exit(new CommandLine(new EmbeddedS3Main(answers)).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    try (EmbeddedS3 server = start()) {
      answers.println(JSON.writeValueAsString(server.address()));
      serve(server);
      return 0;
    } catch (UncheckedIOException | IllegalArgumentException e) {
      System.err.println("embedded-s3: " + e.getMessage());
      return 1;
    }
  }

  private EmbeddedS3 start() {
    EmbeddedS3.Builder builder = EmbeddedS3.builder().port(port).buckets(bucket);
    if (folder != null) {
      builder.folder(folder);
    }
    if (accessKeyId != null && secretAccessKey != null) {
      builder.credentials(accessKeyId, secretAccessKey);
    }
    return builder.start();
  }

  private void serve(EmbeddedS3 server) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Object answer =
          switch (line.strip()) {
            case "requests" -> server.requests();
            case "reset" -> server.resetRequests();
            default -> Map.of("error", "unknown: " + line + "; known: requests, reset");
          };
      answers.println(JSON.writeValueAsString(answer));
    }
  }
}
