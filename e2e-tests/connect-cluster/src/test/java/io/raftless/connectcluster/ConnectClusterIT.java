package io.raftless.connectcluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That the broker and the workers of these tests are the ones that people run, and go. */
@Timeout(300)
final class ConnectClusterIT {
  private static final Patience PATIENCE = new Patience(Duration.ofSeconds(30));

  private final KafkaHome home = KafkaHome.fromProperties();

  @TempDir Path folder;

  @Test
  void nothingOfOursIsOnTheClassPathOfABrokerOrAWorker() throws IOException {
    try (Stream<Path> jars = Files.list(home.libs())) {
      assertThat(jars.map(jar -> jar.getFileName().toString()))
          .anyMatch(name -> name.startsWith("connect-runtime-"))
          .noneMatch(
              name ->
                  name.matches(
                      "(?i).*raftless.*|(log-core|kafka-connect-plugin|embedded-s3|s3)-.*"));
    }
    try (Stream<Path> plugins = Files.list(home.plugins())) {
      assertThat(plugins).singleElement().asString().contains("raftless-kafka-connect-");
    }
  }

  @Test
  void aWorkerFindsTheConnectorsInThePluginDirectoryAloneByTheirServiceFiles() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(home, folder);
        ConnectWorker worker =
            ConnectWorker.start(home, "worker", folder, broker, WorkerSettings.of("connect"))) {
      assertThat(worker.rest().plugins())
          .contains(
              "io.raftless.connect.RaftlessSinkConnector",
              "io.raftless.connect.RaftlessSourceConnector");
    }
  }

  @Test
  void aBrokerDoesNotOutliveTheJvmThatStartedItEvenIfThatIsKilled() throws Exception {
    Process starter = startABrokerElsewhere();
    try (BufferedReader output = starter.inputReader()) {
      ProcessHandle broker = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      assertThat(broker.isAlive()).isTrue();
      starter.destroyForcibly().onExit().join();
      PATIENCE.await(
          "the end of the broker", () -> broker.isAlive() ? Optional.empty() : Optional.of(true));
    } finally {
      starter.destroyForcibly();
    }
  }

  private Process startABrokerElsewhere() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-D" + KafkaHome.LIBS_PROPERTY + "=" + home.libs(),
                "-D" + KafkaHome.PLUGINS_PROPERTY + "=" + home.plugins(),
                StartsABroker.class.getName(),
                folder.toString()));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
