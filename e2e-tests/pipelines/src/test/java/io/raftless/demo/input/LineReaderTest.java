package io.raftless.demo.input;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {

  @Test
  void aLineEndsAtALineFeedOrAtTheEnd() throws IOException {
    assertThat(linesOf("a\nbc\nd")).containsExactly("a", "bc", "d");
    assertThat(linesOf("a\nbc\n")).containsExactly("a", "bc");
  }

  @Test
  void emptyLinesCountAndNothingIsNoLine() throws IOException {
    assertThat(linesOf("\n\na\n\n")).containsExactly("", "", "a", "");
    assertThat(linesOf("")).isEmpty();
  }

  @Test
  void everyOtherByteIsKept() throws IOException {
    assertThat(linesOf("a\r\n\0\u00ff\t \n")).containsExactly("a\r", "\0\u00ff\t ");
  }

  @Test
  void linesMayBeLongerThanAnyBuffer() throws IOException {
    String longLine = "x".repeat(200_000);
    assertThat(linesOf(longLine + "\n" + "y".repeat(65_536) + "\nz"))
        .containsExactly(longLine, "y".repeat(65_536), "z");
  }

  private static List<String> linesOf(String text) throws IOException {
    List<String> lines = new ArrayList<>();
    try (var reader = new LineReader(new ByteArrayInputStream(text.getBytes(ISO_8859_1)))) {
      for (byte[] line = reader.read(); line != null; line = reader.read()) {
        lines.add(new String(line, ISO_8859_1));
      }
    }
    return lines;
  }
}
