package io.raftless.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The table of models on a page, between two marks. It is written from what was measured, and
 * compared with what is measured, so that the page cannot say anything else.
 */
final class ModelTable {
  static final String BEGIN = "<!-- models: begin; this table is generated -->";
  static final String END = "<!-- models: end -->";
  private static final String TITLES =
      """
      | configuration | what it shows | size | states generated | distinct | diameter | time | verdict |
      | --- | --- | --- | ---: | ---: | ---: | ---: | --- |
      """;
  private static final int COLUMNS = 8;

  /** By name without ending: {@code X.cfg} comes before {@code X-variant.cfg}. */
  private static final Comparator<String> ORDER =
      Comparator.comparing(file -> file.replace(".cfg", ""));

  private static final String UNKNOWN = "–";

  /**
   * One configuration, as it was measured.
   *
   * @param configuration name of its file
   * @param about what it shows
   * @param size how long it takes
   * @param generated states that were computed
   * @param distinct states among them
   * @param diameter of the state graph, as far as it was searched
   * @param seconds that it took
   * @param verdict what TLC found out
   */
  record Row(
      String configuration,
      String about,
      String size,
      OptionalLong generated,
      OptionalLong distinct,
      OptionalInt diameter,
      double seconds,
      String verdict) {

    static Row of(ModelConfiguration configuration, TlcRun run) {
      Optional<TlcRun.Search> search = run.search();
      return new Row(
          configuration.fileName(),
          configuration.about(),
          configuration.size().toString(),
          search.map(all -> OptionalLong.of(all.generated())).orElse(OptionalLong.empty()),
          search.map(all -> OptionalLong.of(all.distinct())).orElse(OptionalLong.empty()),
          search.map(TlcRun.Search::diameter).orElse(OptionalInt.empty()),
          run.time().toMillis() / 1000.0,
          run.verdict().toString());
    }

    private static Row parse(String line) {
      String[] cells = line.strip().replaceAll("^\\||\\|$", "").split("\\|", -1);
      if (cells.length != COLUMNS) {
        throw new IllegalArgumentException("not a row of the table of models: " + line);
      }
      for (int i = 0; i < COLUMNS; i++) {
        cells[i] = cells[i].strip();
      }
      return new Row(
          cells[0].replace("`", ""),
          cells[1],
          cells[2],
          parseNumber(cells[3]),
          parseNumber(cells[4]),
          cells[5].equals(UNKNOWN)
              ? OptionalInt.empty()
              : OptionalInt.of(Integer.parseInt(cells[5])),
          Double.parseDouble(cells[6].replace(" s", "").replace(",", "")),
          cells[7]);
    }

    private static OptionalLong parseNumber(String cell) {
      return cell.equals(UNKNOWN)
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(cell.replace(",", "")));
    }

    private static String cell(OptionalLong number) {
      return number.isPresent() ? String.format(Locale.ROOT, "%,d", number.getAsLong()) : UNKNOWN;
    }

    private static String cell(OptionalInt number) {
      return number.isPresent() ? String.valueOf(number.getAsInt()) : UNKNOWN;
    }

    private String line() {
      return String.format(
          Locale.ROOT,
          "| `%s` | %s | %s | %s | %s | %s | %,.1f s | %s |\n",
          configuration,
          about,
          size,
          cell(generated),
          cell(distinct),
          cell(diameter),
          seconds,
          verdict);
    }
  }

  private final String before;
  private final Map<String, Row> rows;
  private final String after;

  private ModelTable(String before, Map<String, Row> rows, String after) {
    this.before = before;
    this.rows = rows;
    this.after = after;
  }

  /** The table of a page. */
  static ModelTable parse(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("the page needs the lines\n" + BEGIN + "\n" + END);
    }
    Map<String, Row> rows = new TreeMap<>(ORDER);
    page.substring(begin + BEGIN.length(), end)
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(Row::parse)
        .forEach(
            row -> {
              if (rows.put(row.configuration(), row) != null) {
                throw new IllegalArgumentException("two rows of " + row.configuration());
              }
            });
    return new ModelTable(page.substring(0, begin), rows, page.substring(end + END.length()));
  }

  static ModelTable read(Path page) throws IOException {
    return parse(Files.readString(page));
  }

  /** How long a configuration took, if that is known. */
  OptionalDouble seconds(ModelConfiguration configuration) {
    Row row = rows.get(configuration.fileName());
    return row == null ? OptionalDouble.empty() : OptionalDouble.of(row.seconds());
  }

  /**
   * The same page with new rows for what was measured, the old ones for other configurations, and
   * none for configurations that are gone. A run that failed has measured nothing.
   */
  ModelTable updated(
      List<ModelConfiguration> configurations, Map<ModelConfiguration, TlcRun> measured) {
    Map<String, Row> updated = new TreeMap<>(ORDER);
    for (ModelConfiguration configuration : configurations) {
      String name = configuration.fileName();
      TlcRun run = measured.get(configuration);
      Row old = rows.get(name);
      if (run != null && !(run.verdict() instanceof TlcVerdict.Failed)) {
        updated.put(name, Row.of(configuration, run));
      } else if (old != null) {
        updated.put(name, old);
      }
    }
    return new ModelTable(before, updated, after);
  }

  /** What the table says that is not so, and what it does not say: one line each. */
  List<String> complaints(
      List<ModelConfiguration> configurations, Map<ModelConfiguration, TlcRun> measured) {
    List<String> complaints = new ArrayList<>();
    Map<String, Row> others = new TreeMap<>(rows);
    for (ModelConfiguration configuration : configurations) {
      String name = configuration.fileName();
      Row row = others.remove(name);
      if (row == null) {
        complaints.add(name + " is not in the table");
        continue;
      }
      compare(complaints, name + ": about", row.about(), configuration.about());
      compare(complaints, name + ": size", row.size(), configuration.size());
      TlcRun run = measured.get(configuration);
      if (run == null) {
        // As it was once measured.
        compare(complaints, name + ": verdict", row.verdict(), configuration.expected());
      } else {
        compareMeasured(complaints, row, Row.of(configuration, run));
      }
    }
    others.keySet().forEach(name -> complaints.add(name + " is in the table, but not there"));
    return complaints;
  }

  /**
   * Times differ, and so does what was searched until a counterexample was found. All states of a
   * model that holds are always the same.
   */
  private static void compareMeasured(List<String> complaints, Row row, Row measured) {
    String name = row.configuration();
    compare(complaints, name + ": verdict", row.verdict(), measured.verdict());
    if (measured.verdict().equals(new TlcVerdict.Holds().toString())) {
      compare(
          complaints,
          name + ": generated",
          Row.cell(row.generated()),
          Row.cell(measured.generated()));
      compare(
          complaints, name + ": distinct", Row.cell(row.distinct()), Row.cell(measured.distinct()));
      compare(
          complaints, name + ": diameter", Row.cell(row.diameter()), Row.cell(measured.diameter()));
    }
  }

  private static void compare(List<String> complaints, String what, Object said, Object is) {
    if (!said.toString().equals(is.toString())) {
      complaints.add(what + " is '" + said + "' in the table, but '" + is + "'");
    }
  }

  /** The whole page. */
  String page() {
    StringBuilder page = new StringBuilder(before);
    page.append(BEGIN).append('\n').append(TITLES);
    rows.values().forEach(row -> page.append(row.line()));
    return page.append(END).append(after).toString();
  }
}
