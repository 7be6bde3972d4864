package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class RareWarningTest {
  private final AtomicLong nanoTime = new AtomicLong(-5);

  @Test
  void itIsWrittenAtMostEveryTenSecondsAndTellsHowManyWereNot() {
    Logger logger = (Logger) LoggerFactory.getLogger("rare warnings of this test");
    ListAppender<ILoggingEvent> written = new ListAppender<>();
    written.start();
    logger.addAppender(written);
    logger.setAdditive(false);
    try {
      RareWarning warning = new RareWarning(logger, nanoTime::get);
      warning.warn("first", null);
      warning.warn("second", null);
      passes(Duration.ofMillis(9_999));
      warning.warn("third", null);
      passes(Duration.ofMillis(1));
      warning.warn("fourth", null);
      passes(Duration.ofSeconds(20));
      warning.warn("fifth", null);
    } finally {
      logger.detachAppender(written);
    }
    assertThat(written.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("first", "fourth (and 2 like it before)", "fifth");
  }

  private void passes(Duration time) {
    nanoTime.addAndGet(time.toNanos());
  }
}
