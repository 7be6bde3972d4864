package io.raftless.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One configuration of a model: a {@code .cfg} file, with what the comments at its top say about
 * it.
 *
 * @param name of the file, without {@code .cfg}
 * @param size how long it takes
 * @param expected verdict
 * @param about what it shows, in a line
 * @param invariants that it lists
 * @param properties that it lists
 */
record ModelConfiguration(
    String name,
    ModelSize size,
    TlcVerdict expected,
    String about,
    List<String> invariants,
    List<String> properties) {
  private static final String ENDING = ".cfg";
  private static final Pattern HEADER = Pattern.compile("\\\\\\*\\s*(size|expect|about):(.*)");
  private static final Pattern COMMENT =
      Pattern.compile("\\(\\*.*?\\*\\)|\\\\\\*[^\\n]*", Pattern.DOTALL);
  private static final Set<String> INVARIANTS = Set.of("INVARIANT", "INVARIANTS");
  private static final Set<String> PROPERTIES = Set.of("PROPERTY", "PROPERTIES");
  private static final Pattern KEYWORD =
      Pattern.compile(
          "CONSTANTS?|INIT|NEXT|SPECIFICATION|INVARIANTS?|PROPERTY|PROPERTIES|SYMMETRY|VIEW|ALIAS"
              + "|CONSTRAINTS?|ACTION_CONSTRAINTS?|CHECK_DEADLOCK|POSTCONDITION");

  ModelConfiguration {
    invariants = List.copyOf(invariants);
    properties = List.copyOf(properties);
    if (about.contains("|")) {
      throw new IllegalArgumentException("'about' goes into a table: no | in it");
    }
    if (expected instanceof TlcVerdict.Violates violates
        && !invariants.contains(violates.name())
        && !properties.contains(violates.name())) {
      throw new IllegalArgumentException(
          violates.name() + " cannot be violated: it is not among what is checked");
    }
    if (expected instanceof TlcVerdict.Holds && invariants.isEmpty() && properties.isEmpty()) {
      throw new IllegalArgumentException("it checks nothing, so it cannot fail");
    }
  }

  static boolean isOne(Path file) {
    return file.getFileName().toString().endsWith(ENDING);
  }

  static ModelConfiguration read(Path file) throws IOException {
    String fileName = file.getFileName().toString();
    return parse(
        fileName.substring(0, fileName.length() - ENDING.length()), Files.readString(file));
  }

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException if something is not there, or not as it should be
   */
  static ModelConfiguration parse(String name, String text) {
    Map<String, String> headers = headers(text);
    return new ModelConfiguration(
        name,
        ModelSize.parse(header(headers, "size")),
        TlcVerdict.parseExpected(header(headers, "expect")),
        header(headers, "about"),
        listed(text, INVARIANTS),
        listed(text, PROPERTIES));
  }

  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new HashMap<>();
    text.lines()
        .takeWhile(line -> line.startsWith("\\*"))
        .forEach(
            line -> {
              Matcher matcher = HEADER.matcher(line);
              if (matcher.matches()
                  && headers.put(matcher.group(1), matcher.group(2).strip()) != null) {
                throw new IllegalArgumentException("'" + matcher.group(1) + "' is there twice");
              }
            });
    return headers;
  }

  private static String header(Map<String, String> headers, String key) {
    String value = headers.getOrDefault(key, "");
    if (value.isEmpty()) {
      throw new IllegalArgumentException(
          "the comments at the top do not say '" + key + "': see docs/spec/README.md");
    }
    return value;
  }

  /** The names behind some keywords. */
  private static List<String> listed(String text, Set<String> keywords) {
    List<String> names = new ArrayList<>();
    boolean isListing = false;
    for (String word : COMMENT.matcher(text).replaceAll(" ").strip().split("\\s+", -1)) {
      if (KEYWORD.matcher(word).matches()) {
        isListing = keywords.contains(word);
      } else if (isListing) {
        names.add(word);
      }
    }
    return names;
  }

  String fileName() {
    return name + ENDING;
  }

  /** Name of the module that it configures: what is before the first hyphen. */
  String module() {
    int hyphen = name.indexOf('-');
    return hyphen < 0 ? name : name.substring(0, hyphen);
  }

  /** What is wrong with a run of this configuration, if something is. */
  Optional<String> complaint(TlcRun run) {
    if (run.verdict().equals(expected)) {
      return Optional.empty();
    }
    return Optional.of(
        fileName()
            + ": expected was '"
            + expected
            + "', but TLC says '"
            + run.verdict()
            + "' ("
            + about
            + ")\n"
            + run.report());
  }

  @Override
  public String toString() {
    return name + " " + expected;
  }
}
