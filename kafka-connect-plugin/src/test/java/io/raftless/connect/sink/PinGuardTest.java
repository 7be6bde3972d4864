package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.log.LogAdmin;
import io.raftless.log.LogId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PinGuardTest {
  private static final String WRITER_ID = "connect/sink/orders/5";

  private final LogsOfTests logs = new LogsOfTests();
  private final LogAdmin admin = LogAdmin.of(logs.store);
  private final AtomicInteger descriptions = new AtomicInteger();
  private final PinGuard guard =
      new PinGuard(
          log -> {
            descriptions.incrementAndGet();
            return admin.describe(log);
          });

  @BeforeEach
  void createTheLog() {
    logs.create("orders", 8);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private static LogTarget target(int partition) {
    return new LogTarget(LogId.of("logs", "orders"), partition);
  }

  @Test
  void aPositionOnAnotherPartitionIsAPin() {
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));

    assertThat(guard.refusal(WRITER_ID, target(5), null).join())
        .hasValueSatisfying(
            refusal ->
                assertThat(refusal)
                    .contains(
                        WRITER_ID,
                        "partition 1 of log logs/orders",
                        "partition 5",
                        "log.partition.mapping",
                        "reset the offsets"));
  }

  @Test
  void whoHasAPositionIsWhereItBelongs() {
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(70, "id"));

    assertThat(guard.refusal(WRITER_ID, target(5), "{\"format\":1,\"next\":3}").join()).isEmpty();
    assertThat(descriptions).hasValue(0);
  }

  @Test
  void aNewcomerMayBegin() {
    logs.write("orders", 1, "connect/sink/orders/1", StoredPosition.at(70, "id"));
    logs.write("orders", 5, WRITER_ID, null);

    assertThat(guard.refusal(WRITER_ID, target(5), null).join()).isEmpty();
  }

  @Test
  void aResetPinsNothing() {
    logs.write("orders", 1, WRITER_ID, StoredPosition.at(StoredPosition.START_ANEW, null));

    assertThat(guard.refusal(WRITER_ID, target(5), null).join()).isEmpty();
  }

  @Test
  void ofTwoThatBeginAtTheSameTimeEachSeesWhoAcquiredBefore() {
    logs.write("orders", 2, WRITER_ID, null);

    assertThat(guard.refusal(WRITER_ID, target(5), null).join())
        .hasValueSatisfying(message -> assertThat(message).contains("partition 2"));
  }

  @Test
  void aLogIsDescribedOnce() {
    for (int partition = 0; partition < 8; partition++) {
      assertThat(guard.refusal("connect/sink/orders/" + partition, target(partition), null).join())
          .isEmpty();
    }

    assertThat(descriptions).hasValue(1);
  }

  @Test
  void aDescriptionThatFailedIsAskedForAgain() {
    AtomicInteger asked = new AtomicInteger();
    PinGuard flaky =
        new PinGuard(
            log ->
                asked.incrementAndGet() == 1
                    ? CompletableFuture.failedFuture(new IllegalStateException("once"))
                    : admin.describe(log));

    assertThatThrownBy(() -> flaky.refusal(WRITER_ID, target(5), null).join())
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("once");
    assertThat(flaky.refusal(WRITER_ID, target(5), null).join()).isEmpty();
  }
}
