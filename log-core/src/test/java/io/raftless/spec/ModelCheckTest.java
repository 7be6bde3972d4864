package io.raftless.spec;

import static java.util.Comparator.comparingDouble;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * TLC's verdicts on the models of {@code docs/spec} are those that the configurations expect: what
 * should hold holds, and a counterexample that should be there is there. And the table of {@code
 * docs/spec/README.md} says what was measured.
 *
 * <p>A build checks the small ones. {@code -Draftless.models=small,medium,large} checks more,
 * {@code -Draftless.model=X} only {@code X.cfg}, {@code -Draftless.models.limitMinutes=N} gives
 * each so long, and {@code -Draftless.models.table=write} writes the table. What TLC printed is in
 * {@code target/models}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelCheckTest {
  private static final Path MODELS = Path.of("..", "docs", "spec");
  private static final Path PAGE = MODELS.resolve("README.md");
  private static final Path OUTPUT = Path.of("target", "models");

  /** Each has one worker, so that the order of the search, and with it the diameter, is fixed. */
  private static final int AT_A_TIME = 2;

  private final ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
  private final Map<ModelConfiguration, Future<TlcRun>> runs = new LinkedHashMap<>();
  private ModelFolder folder = new ModelFolder(MODELS, List.of(), List.of()); // until it is read

  @BeforeAll
  void start(@TempDir Path scratch) throws IOException {
    folder = ModelFolder.read(MODELS);
    ModelTable table = ModelTable.read(PAGE);
    ModelSelection selection = ModelSelection.fromProperties();
    Tlc tlc = new Tlc(MODELS, scratch);
    Files.createDirectories(OUTPUT);
    // The longest first: then none is left over at the end that all wait for.
    folder.configurations().stream()
        .filter(selection::includes)
        .sorted(
            comparingDouble(
                configuration -> -table.seconds(configuration).orElse(Double.MAX_VALUE)))
        .forEach(
            configuration ->
                runs.put(configuration, threads.submit(() -> check(tlc, configuration))));
  }

  private static TlcRun check(Tlc tlc, ModelConfiguration configuration)
      throws IOException, InterruptedException {
    Integer minutes = Integer.getInteger("raftless.models.limitMinutes");
    Duration limit = minutes == null ? configuration.size().limit() : Duration.ofMinutes(minutes);
    return tlc.run(configuration, OUTPUT.resolve(configuration.name() + ".out"), limit);
  }

  @AfterAll
  void stop() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  Stream<ModelConfiguration> chosen() {
    return runs.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("chosen")
  void theVerdictIsTheExpectedOne(ModelConfiguration configuration) throws Exception {
    TlcRun run = Objects.requireNonNull(runs.get(configuration)).get();
    configuration
        .complaint(run)
        .ifPresent(
            complaint -> {
              throw new AssertionError(complaint);
            });
  }

  @Test
  void everyFileIsAConfigurationOrAModuleThatOneChecks() {
    assertThat(folder.problems()).isEmpty();
  }

  @Test
  void theTableSaysWhatWasMeasured() throws Exception {
    Map<ModelConfiguration, TlcRun> measured = new HashMap<>();
    for (Map.Entry<ModelConfiguration, Future<TlcRun>> run : runs.entrySet()) {
      measured.put(run.getKey(), run.getValue().get());
    }
    ModelTable table = ModelTable.read(PAGE);
    if (System.getProperty("raftless.models.table", "compare").equals("write")) {
      table = table.updated(folder.configurations(), measured);
      Files.writeString(PAGE, table.page());
    }
    assertThat(table.complaints(folder.configurations(), measured))
        .as("%s; how to write it anew is said there", PAGE)
        .isEmpty();
  }
}
