package io.raftless.demo.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputLinesTest {
  @TempDir private Path folder;

  @Test
  void equalLinesAreCountedEach() throws IOException {
    InputLines lines = InputLines.scan(Files.writeString(folder.resolve("f"), "a\nb\na\n"));
    assertThat(lines.count()).isEqualTo(3);
    assertThat(lines.hash(0)).isEqualTo(lines.hash(2)).isNotEqualTo(lines.hash(1));
    assertThat(lines.hash(0)).isEqualTo(new Hash64().of("a".getBytes(UTF_8)));
  }

  @Test
  void packedFilesAreUnpackedAsFlinkDoes() throws IOException {
    Path packed = folder.resolve("f.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write("a\nb".getBytes(UTF_8));
    }
    assertThat(InputLines.scan(packed).count()).isEqualTo(2);
  }
}
