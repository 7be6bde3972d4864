package io.raftless.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks traces of the real code against LeaderlessLogTrace, which says whether they are behaviours
 * of LeaderlessLog. See docs/spec/traces.md.
 */
public final class TraceModel {
  private static final Path MODELS = Path.of("..", "docs", "spec");
  private static final String CONFIGURATION = "LeaderlessLogTrace.cfg";
  private static final List<String> FILES =
      List.of("LeaderlessLog.tla", "LeaderlessLogTrace.tla", CONFIGURATION);
  private static final String TRACES = "LeaderlessLogTraces.tla";
  private static final Duration LIMIT = Duration.ofMinutes(20);

  private static final Pattern TRACE = Pattern.compile("/\\\\ trace = (\\d+)");
  private static final Pattern POSITION = Pattern.compile("/\\\\ position = (\\d+)");

  private TraceModel() {}

  /**
   * What TLC says.
   *
   * @param verdict in its words
   * @param fits whether all traces are behaviours of the model, and keep its invariants
   * @param states that were looked at
   * @param trace which does not fit, from 1; 0 if all do
   * @param position of the event that no action allows, from 1; if an invariant is violated, of the
   *     event that violates it
   * @param report the behaviour up to there
   */
  public record Result(
      String verdict,
      boolean fits,
      long states,
      Duration time,
      int trace,
      int position,
      String report) {}

  /**
   * Runs TLC in a JVM of its own, and waits for it.
   *
   * @param module the text of the module LeaderlessLogTraces
   * @param scratch an empty folder
   */
  public static Result check(String module, Path scratch) throws IOException, InterruptedException {
    Path models = Files.createDirectories(scratch.resolve("models"));
    for (String file : FILES) {
      Files.copy(MODELS.resolve(file), models.resolve(file));
    }
    Files.writeString(models.resolve(TRACES), module);
    ModelConfiguration configuration = ModelConfiguration.read(models.resolve(CONFIGURATION));
    TlcRun run =
        new Tlc(models, Files.createDirectories(scratch.resolve("tlc")))
            .run(configuration, scratch.resolve("output"), LIMIT);
    if (run.verdict() instanceof TlcVerdict.Failed) {
      throw new IllegalStateException(run.verdict() + "\n" + run.report());
    }
    boolean fits = run.verdict() instanceof TlcVerdict.Holds;
    boolean isViolated = run.verdict() instanceof TlcVerdict.Violates;
    int position = last(POSITION, run.report());
    return new Result(
        run.verdict().toString(),
        fits,
        run.search().map(TlcRun.Search::distinct).orElse(0L),
        run.time(),
        last(TRACE, run.report()),
        isViolated ? position - 1 : position,
        run.report());
  }

  private static int last(Pattern pattern, String text) {
    int found = 0;
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found = Integer.parseInt(matcher.group(1));
    }
    return found;
  }
}
