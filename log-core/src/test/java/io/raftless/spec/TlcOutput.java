package io.raftless.spec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What TLC prints with {@code -tool}: the same text as without, but every message is between two
 * lines with its number and kind. So what happened is decided by numbers, which have not changed in
 * years, and only names and figures are taken from sentences.
 */
final class TlcOutput {
  private static final Pattern MESSAGE =
      Pattern.compile(
          "@!@!@STARTMSG (\\d+):(\\d+) @!@!@\\R(.*?)@!@!@ENDMSG \\1 @!@!@", Pattern.DOTALL);
  private static final Pattern MARKER =
      Pattern.compile("@!@!@(STARTMSG \\d+:\\d+|ENDMSG \\d+) @!@!@\\R?");

  // Numbers of messages.
  private static final int INVARIANT_VIOLATED_AT_START = 2107;
  private static final int PROPERTY_VIOLATED_AT_START = 2108;
  private static final int INVARIANT_VIOLATED = 2110;
  private static final int ACTION_PROPERTY_VIOLATED = 2112;
  private static final int DEADLOCK = 2114;
  private static final int TEMPORAL_PROPERTY_VIOLATED = 2116;
  private static final int BACK_TO_STATE = 2122;
  private static final int SUCCESS = 2193;
  private static final int DEPTH = 2194;
  private static final int STATISTICS = 2199;
  private static final int PROGRESS = 2200;
  private static final int STATE = 2217;
  private static final int STUTTERING = 2218;
  private static final int LIVENESS_WITH_SYMMETRY = 2279;

  // Kinds of messages.
  private static final int ERROR = 1;
  private static final int BUG = 2;

  // How the process ends.
  private static final int ENDS_WELL = 0;
  private static final int ENDS_IN_DEADLOCK = 11;
  private static final int ENDS_UNSAFE = 12;
  private static final int ENDS_WITHOUT_LIVENESS = 13;

  private static final Pattern VIOLATED =
      Pattern.compile("(?:Invariant|Property|Action property) (\\w+) is violated");
  private static final Pattern COUNTS =
      Pattern.compile(
          "([\\d,]+) states generated, ([\\d,]+) distinct states found, ([\\d,]+) states left");
  private static final Pattern DEEP = Pattern.compile("search is (\\d+)\\.");
  private static final Pattern LEVEL = Pattern.compile("Progress\\((\\d+)\\)");

  private record Message(int number, int kind, String text) {
    boolean isError() {
      return kind == ERROR || kind == BUG;
    }

    boolean isState() {
      return number == STATE || number == STUTTERING || number == BACK_TO_STATE;
    }
  }

  private final String text;
  private final int exitStatus;
  private final List<String> properties;
  private final List<Message> messages;

  /**
   * Output of a process that has ended.
   *
   * @param text all that it printed
   * @param exitStatus what it ended with
   * @param properties that the configuration lists: TLC does not name a temporal property that is
   *     violated
   */
  TlcOutput(String text, int exitStatus, List<String> properties) {
    this.text = text;
    this.exitStatus = exitStatus;
    this.properties = properties;
    this.messages = new ArrayList<>();
    Matcher matcher = MESSAGE.matcher(text);
    while (matcher.find()) {
      messages.add(
          new Message(
              Integer.parseInt(matcher.group(1)),
              Integer.parseInt(matcher.group(2)),
              matcher.group(3)));
    }
  }

  TlcRun run(Duration time) {
    TlcVerdict verdict = verdict();
    String report = verdict instanceof TlcVerdict.Failed ? withoutMarkers() : counterexample();
    return new TlcRun(verdict, search(), time, report);
  }

  /** All that was printed, as TLC prints it without {@code -tool}. */
  private String withoutMarkers() {
    return MARKER.matcher(text).replaceAll("");
  }

  private String counterexample() {
    return messages.stream()
        .filter(message -> message.isError() || message.isState())
        .map(Message::text)
        .collect(Collectors.joining());
  }

  private TlcVerdict verdict() {
    // It is unsound, and TLC only warns.
    if (has(LIVENESS_WITH_SYMMETRY)) {
      return new TlcVerdict.Failed("liveness is not to be checked with a symmetry set");
    }
    Optional<Message> error = messages.stream().filter(Message::isError).findFirst();
    if (error.isEmpty()) {
      return withoutError();
    }
    return switch (error.get().number()) {
      case INVARIANT_VIOLATED,
          INVARIANT_VIOLATED_AT_START,
          ACTION_PROPERTY_VIOLATED,
          PROPERTY_VIOLATED_AT_START ->
          confirmed(violated(error.get()), ENDS_UNSAFE, ENDS_WITHOUT_LIVENESS);
      case TEMPORAL_PROPERTY_VIOLATED ->
          confirmed(temporalPropertyViolated(), ENDS_WITHOUT_LIVENESS);
      case DEADLOCK -> confirmed(new TlcVerdict.Deadlock(), ENDS_IN_DEADLOCK);
      default -> new TlcVerdict.Failed(firstLine(error.get().text()));
    };
  }

  private TlcVerdict withoutError() {
    if (!has(SUCCESS)) {
      return new TlcVerdict.Failed("TLC did not finish: exit status " + exitStatus);
    }
    Optional<Matcher> counts = find(STATISTICS, COUNTS);
    if (counts.isEmpty() || find(DEPTH, DEEP).isEmpty()) {
      return new TlcVerdict.Failed("TLC did not say how far it looked");
    }
    if (number(counts.get().group(3)) != 0) {
      return new TlcVerdict.Failed("TLC did not look at all states");
    }
    return confirmed(new TlcVerdict.Holds(), ENDS_WELL);
  }

  private static TlcVerdict violated(Message message) {
    Matcher matcher = VIOLATED.matcher(message.text());
    return matcher.find()
        ? new TlcVerdict.Violates(matcher.group(1))
        : new TlcVerdict.Failed("what is violated? " + firstLine(message.text()));
  }

  private TlcVerdict temporalPropertyViolated() {
    return properties.size() == 1
        ? new TlcVerdict.Violates(properties.get(0))
        : new TlcVerdict.Failed(
            "TLC does not say which temporal property is violated: list one of "
                + properties
                + " at a time to find out");
  }

  /** What was printed counts only if the process ended accordingly. */
  private TlcVerdict confirmed(TlcVerdict verdict, Integer... exitStatuses) {
    return List.of(exitStatuses).contains(exitStatus) || verdict instanceof TlcVerdict.Failed
        ? verdict
        : new TlcVerdict.Failed(verdict + ", but exit status " + exitStatus);
  }

  private Optional<TlcRun.Search> search() {
    OptionalInt diameter =
        find(DEPTH, DEEP)
            .or(() -> find(PROGRESS, LEVEL))
            .map(matcher -> OptionalInt.of(Integer.parseInt(matcher.group(1))))
            .orElse(OptionalInt.empty());
    return find(STATISTICS, COUNTS)
        .map(
            matcher ->
                new TlcRun.Search(number(matcher.group(1)), number(matcher.group(2)), diameter));
  }

  private boolean has(int number) {
    return messages.stream().anyMatch(message -> message.number() == number);
  }

  /** In the last message of this number. */
  private Optional<Matcher> find(int number, Pattern pattern) {
    return messages.stream()
        .filter(message -> message.number() == number)
        .map(message -> pattern.matcher(message.text()))
        .filter(Matcher::find)
        .reduce((earlier, later) -> later);
  }

  private static long number(String digits) {
    return Long.parseLong(digits.replace(",", ""));
  }

  private static String firstLine(String text) {
    return text.lines().filter(Predicate.not(String::isBlank)).findFirst().orElse("").strip();
  }
}
