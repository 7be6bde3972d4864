package io.raftless.sim.mutation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads docs/mutants.md, which people read as well: a section for each mutant, with a few words on
 * what it breaks, a list that says where it is and what finds it, and the changes as diffs.
 */
final class MutantTable {
  static final Path PAGE = Path.of("..", "docs", "mutants.md");

  private static final Pattern SECTION =
      Pattern.compile("^### `(\\w+)`\n(.*?)(?=^##|\\z)", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern FILE =
      Pattern.compile("^- file: `([\\w/]+\\.java)`$", Pattern.MULTILINE);
  private static final Pattern CHECKS =
      Pattern.compile("^- caught by: ((?:`\\w+`(?:, )?)+)$", Pattern.MULTILINE);
  private static final Pattern RUN =
      Pattern.compile(
          "^- run: `(\\w+)`, (?:up to|seeds (\\d+) to) (\\d+)(?: seeds)?$", Pattern.MULTILINE);
  private static final Pattern DIFF =
      Pattern.compile("^```diff\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("\\w+");

  private MutantTable() {}

  static List<Mutant> read() throws IOException {
    return parse(Files.readString(PAGE));
  }

  static List<Mutant> parse(String page) {
    List<Mutant> all = new ArrayList<>();
    Matcher section = SECTION.matcher(page);
    while (section.find()) {
      all.add(mutant(section.group(1), section.group(2)));
    }
    return all;
  }

  private static Mutant mutant(String name, String text) {
    Matcher file = one(FILE, name, text);
    Matcher run = one(RUN, name, text);
    Set<String> checks = new TreeSet<>();
    Matcher check = NAME.matcher(one(CHECKS, name, text).group(1));
    while (check.find()) {
      checks.add(check.group());
    }
    List<Mutant.Change> changes = new ArrayList<>();
    Matcher diff = DIFF.matcher(text);
    while (diff.find()) {
      changes.add(change(name, diff.group(1)));
    }
    if (changes.isEmpty()) {
      throw new IllegalArgumentException(name + " changes nothing");
    }
    return new Mutant(
        name,
        text.substring(0, text.indexOf("- file:")).strip(),
        file.group(1),
        changes,
        checks,
        run.group(1),
        new Mutant.Seeds(
            run.group(2) == null ? 1 : Long.parseLong(run.group(2)), Long.parseLong(run.group(3))));
  }

  private static Matcher one(Pattern pattern, String name, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IllegalArgumentException(name + " has no line like " + pattern);
    }
    return matcher;
  }

  private static Mutant.Change change(String name, String diff) {
    StringBuilder find = new StringBuilder();
    StringBuilder replace = new StringBuilder();
    for (String line : diff.lines().toList()) {
      // An empty line that stays is easily left without the blank of a diff.
      String rest = line.isEmpty() ? "\n" : line.substring(1) + "\n";
      switch (line.isEmpty() ? ' ' : line.charAt(0)) {
        case '-' -> find.append(rest);
        case '+' -> replace.append(rest);
        case ' ' -> {
          find.append(rest);
          replace.append(rest);
        }
        default -> throw new IllegalArgumentException(name + " has no diff: " + line);
      }
    }
    return new Mutant.Change(find.toString(), replace.toString());
  }
}
