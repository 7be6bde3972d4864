package io.raftless.demo.input;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads numbered, keyed lines for a {@code FileSource}.
 *
 * <p>Numbers stay right over restarts because the reader never names a position of its own: Flink
 * then restores it by reading the file from the start and skipping as many records as it had handed
 * out (see Flink's {@code StreamFormatAdapter.restoreReader}).
 */
public final class LineFormat extends SimpleStreamFormat<NumberedLine> {
  private static final long serialVersionUID = 1L;

  private final KeyRule keyRule;

  public LineFormat(KeyRule keyRule) {
    this.keyRule = keyRule;
  }

  @Override
  public StreamFormat.Reader<NumberedLine> createReader(
      Configuration configuration, FSDataInputStream stream) {
    return new Reader(new LineReader(stream), keyRule);
  }

  @Override
  public TypeInformation<NumberedLine> getProducedType() {
    return NumberedLine.TYPE;
  }

  private static final class Reader implements StreamFormat.Reader<NumberedLine> {
    private final LineReader lines;
    private final KeyRule keyRule;
    private long nextNumber;

    Reader(LineReader lines, KeyRule keyRule) {
      this.lines = lines;
      this.keyRule = keyRule;
    }

    @Override
    public @Nullable NumberedLine read() throws IOException {
      byte[] line = lines.read();
      return line == null ? null : new NumberedLine(nextNumber++, line, keyRule.keyOf(line));
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
