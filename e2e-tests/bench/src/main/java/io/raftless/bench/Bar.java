package io.raftless.bench;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Progress for a terminal. */
final class Bar implements Runner.Progress {
  private static final ProgressBarStyle STYLE =
      Charset.defaultCharset().equals(StandardCharsets.UTF_8)
          ? ProgressBarStyle.UNICODE_BLOCK
          : ProgressBarStyle.ASCII;

  private @Nullable ProgressBar bar;

  @Override
  public void begin(String what, long goal) {
    end();
    bar =
        new ProgressBarBuilder()
            .setTaskName(what)
            .setInitialMax(goal)
            .setStyle(STYLE)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build();
  }

  @Override
  public void reached(long value) {
    if (bar != null) {
      bar.stepTo(value);
    }
  }

  @Override
  public void end() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
