package io.raftless.demo;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Progress for a terminal: a bar that moves, with the notes above it. */
final class BarProgress implements Progress {
  private static final int REFRESH_MILLIS = 100;
  private static final String CLEAR_LINE = "\r\033[K";

  private static final ProgressBarStyle STYLE =
      Charset.defaultCharset().equals(StandardCharsets.UTF_8)
          ? ProgressBarStyle.UNICODE_BLOCK
          : ProgressBarStyle.ASCII;

  private final PrintWriter out;
  private @Nullable ProgressBar bar;

  BarProgress(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void begin(String what, long goal) {
    end();
    bar =
        new ProgressBarBuilder()
            .setTaskName(what)
            .setInitialMax(goal)
            .setStyle(STYLE)
            // The usual one moves the cursor about, and over the notes.
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .setUpdateIntervalMillis(REFRESH_MILLIS)
            .build();
  }

  @Override
  public void reached(long value) {
    if (bar != null) {
      bar.stepTo(value);
    }
  }

  @Override
  public void note(String line) {
    // The bar draws itself again below.
    out.println(CLEAR_LINE + line);
    out.flush();
  }

  @Override
  public void end() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
