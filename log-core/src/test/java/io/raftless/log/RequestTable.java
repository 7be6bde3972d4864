package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.store.RequestCounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The table of {@code docs/requests.md}. Tests take what they expect from there, so that the page
 * cannot say anything else than what is counted.
 */
final class RequestTable {
  private static final Path PAGE = Path.of("..", "docs", "requests.md");
  private static final int COLUMNS = 8;

  /** Amazon S3 Standard in us-east-1, in dollars per million; DELETE is free. */
  private static final double WRITE_PRICE = 5.00;

  private static final double READ_PRICE = 0.40;

  /**
   * A row.
   *
   * @param what is done
   * @param most of each kind; the first is exact unless the page says "at most"
   * @param price in dollars for a million times
   */
  record Row(String what, List<Cell> most, String price) {
    /** What was counted is what the page says. */
    void matches(RequestCounts counts) {
      String counted =
          String.format(
              Locale.ROOT,
              "| %d | %d | %d | %d | %d |",
              counts.puts(),
              counts.gets(),
              counts.conditionalGets(),
              counts.lists(),
              counts.deletes());
      List<Long> all =
          List.of(
              counts.puts(),
              counts.gets(),
              counts.conditionalGets(),
              counts.lists(),
              counts.deletes());
      for (int i = 0; i < all.size(); i++) {
        assertThat(most.get(i).allows(all.get(i)))
            .as("%s: %s of docs/requests.md, counted were %s", what, most.get(i), counted)
            .isTrue();
      }
    }

    /** What the most that it may be costs. */
    String computedPrice() {
      double price =
          WRITE_PRICE * (most.get(0).most() + most.get(3).most())
              + READ_PRICE * (most.get(1).most() + most.get(2).most());
      return String.format(Locale.ROOT, "%,.2f", price);
    }
  }

  /**
   * How many requests.
   *
   * @param isExact whether exactly so many
   * @param most so many, or at most so many
   */
  record Cell(boolean isExact, long most) {
    static Cell parse(String text) {
      String digits = text.replace("≤", "").replace(",", "").strip();
      return new Cell(!text.contains("≤"), digits.isEmpty() ? 0 : Long.parseLong(digits));
    }

    boolean allows(long count) {
      return isExact ? count == most : count <= most;
    }
  }

  private RequestTable() {}

  /** By the name of the test. */
  static Map<String, Row> rows() {
    Map<String, Row> rows = new LinkedHashMap<>();
    try (Stream<String> lines = Files.lines(PAGE)) {
      lines
          .filter(line -> line.startsWith("| ") && line.endsWith("` |"))
          .forEach(
              line -> {
                String[] cells = line.substring(1, line.length() - 1).split("\\|", -1);
                assertThat(cells).as(line).hasSize(COLUMNS);
                List<Cell> counts =
                    List.of(
                        Cell.parse(cells[1]),
                        Cell.parse(cells[2]),
                        Cell.parse(cells[3]),
                        Cell.parse(cells[4]),
                        Cell.parse(cells[5]));
                String test = cells[7].strip().replace("`", "");
                Row row = new Row(cells[0].strip(), counts, cells[6].strip());
                assertThat(rows.put(test, row)).as("two rows of %s", test).isNull();
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }
}
