package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.store.ETag;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cursors on a store that misbehaves: they never go back, and each record has one consumer. */
@Timeout(120)
class ConsumerGroupFaultsTest {
  private static final Logger LOG = LoggerFactory.getLogger(ConsumerGroupFaultsTest.class);
  private static final String CURSOR = "/cursors/";
  private static final int RECORDS = 300;

  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore());
  private final RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
  private final RaftlessLog other = RaftlessLog.open(store, log.id());
  private final ConsumerGroup mine = log.group("g");
  private final ConsumerGroup theirs = other.group("g");

  @BeforeEach
  void append() throws InterruptedException {
    List<LogRecord> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.add(record("r" + i));
    }
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      writer.append(0, records, AppendConditions.NONE).join();
    }
  }

  @AfterEach
  void close() {
    log.close();
    other.close();
    store.close();
  }

  private static GroupPosition at(long generation, long offset) {
    return new GroupPosition(0, generation, OptionalLong.of(offset), null);
  }

  private GroupPosition position() {
    return log.group("g").position(0).join();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aCursorWhoseCreationHasAFaultIsThereOnce(Fault fault) {
    store.next(CURSOR, fault);
    assertThat(mine.start(0, ResetTo.offset(10)).join()).isEqualTo(at(0, 10));
    theirs.advance(0, 0, 20, null).join();
    store.landLate();
    assertThat(position()).isEqualTo(at(0, 20));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAcknowledgementWhoseWriteHasAFaultHasAdvancedTheCursor(Fault fault) {
    mine.start(0, ResetTo.earliest()).join();
    store.next(CURSOR, fault);
    assertThat(mine.acknowledge(0, 0, 0, 10).join())
        .isEqualTo(new Acknowledgement.Advanced(at(0, 10)));
    assertThat(theirs.acknowledge(0, 0, 0, 10).join())
        .isInstanceOf(Acknowledgement.AlreadyProcessed.class);
    theirs.acknowledge(0, 0, 10, 20).join();
    store.landLate();
    assertThat(position()).isEqualTo(at(0, 20));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAdvanceWhoseWriteHasAFaultNeverTakesTheCursorBack(Fault fault) {
    mine.advance(0, 0, 1, null).join();
    store.next(CURSOR, fault);
    CompletableFuture<Acknowledgement> contended = mine.advance(0, 0, 10, null);
    theirs.advance(0, 0, 20, null).join();
    contended.join();
    store.landLate();
    assertThat(position()).isEqualTo(at(0, 20));
    assertThat(mine.advance(0, 0, 15, null).join())
        .isEqualTo(new Acknowledgement.AlreadyProcessed(at(0, 20)));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aResetWhoseWriteHasAFaultIsDoneOnceAndUndoesNothingLater(Fault fault) {
    mine.advance(0, 0, 50, null).join();
    store.next(CURSOR, fault);
    assertThat(mine.reset(0, ResetTo.earliest()).join()).isEqualTo(at(1, 0));
    theirs.advance(0, 1, 30, null).join();
    store.landLate();
    assertThat(position()).isEqualTo(at(1, 30));
  }

  /**
   * A store where something happens between a write of a cursor and its response, which is lost.
   */
  private static final class Interrupted extends ForwardingObjectStore {
    private Runnable meanwhile = () -> {};

    Interrupted(ObjectStore store) {
      super(store);
    }

    void once(Runnable task) {
      meanwhile = task;
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      Runnable task = meanwhile;
      CompletableFuture<PutOutcome> outcome = super.putIfMatch(key, expected, body);
      if (!key.contains(CURSOR)) {
        return outcome;
      }
      meanwhile = () -> {};
      return outcome.thenApply(
          stored -> {
            task.run();
            return new PutOutcome.Unknown(new TimeoutException("no response"));
          });
    }
  }

  @Test
  void aResetWhoseResponseWasLostIsNotRepeatedOverWhatConsumersDidSince() {
    Interrupted interrupted = new Interrupted(store);
    try (RaftlessLog admin = RaftlessLog.open(interrupted, log.id())) {
      mine.advance(0, 0, 50, null).join();
      interrupted.once(() -> theirs.acknowledge(0, 1, 0, 30).join());
      assertThat(admin.group("g").reset(0, ResetTo.earliest()).join()).isEqualTo(at(1, 30));
      assertThat(position()).isEqualTo(at(1, 30));
    }
  }

  @Test
  void aResetThatAnotherOneMayHaveFollowedIsUnknownAndNotRepeated() {
    Interrupted interrupted = new Interrupted(store);
    try (RaftlessLog admin = RaftlessLog.open(interrupted, log.id())) {
      mine.advance(0, 0, 50, null).join();
      interrupted.once(() -> theirs.reset(0, ResetTo.offset(40)).join());
      CompletableFuture<GroupPosition> reset = admin.group("g").reset(0, ResetTo.earliest());
      assertThatThrownBy(reset::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      assertThat(position()).isEqualTo(at(2, 40));
    }
  }

  @Test
  void anAcknowledgementThatOthersFollowedBeforeItsOutcomeIsLookedUpHasAdvancedTheCursor() {
    Interrupted interrupted = new Interrupted(store);
    try (RaftlessLog consumer = RaftlessLog.open(interrupted, log.id())) {
      mine.start(0, ResetTo.earliest()).join();
      interrupted.once(
          () -> {
            theirs.acknowledge(0, 0, 10, 20).join();
            theirs.reset(0, ResetTo.offset(5)).join();
          });
      assertThat(consumer.group("g").acknowledge(0, 0, 0, 10).join())
          .isInstanceOf(Acknowledgement.Advanced.class);
      assertThat(position()).isEqualTo(at(1, 5));
    }
  }

  @Test
  void anAcknowledgementThatManyOthersFollowedBeforeItsOutcomeIsLookedUpIsUnknown() {
    Interrupted interrupted = new Interrupted(store);
    try (RaftlessLog consumer = RaftlessLog.open(interrupted, log.id())) {
      mine.start(0, ResetTo.earliest()).join();
      interrupted.once(
          () -> {
            for (int i = 1; i <= 20; i++) {
              theirs.acknowledge(0, 0, 10L * i, 10L * i + 10).join();
            }
          });
      CompletableFuture<Acknowledgement> move = consumer.group("g").acknowledge(0, 0, 0, 10);
      assertThatThrownBy(move::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      assertThat(position()).isEqualTo(at(0, 210));
    }
  }

  static LongStream seeds() {
    Long seed = Long.getLong("raftless.seed");
    if (seed != null) {
      return LongStream.of(seed);
    }
    long first = new Random().nextLong();
    return LongStream.range(first, first + 4);
  }

  /** What a consumer did: from which offset to which, and what it was told. */
  private record Consumed(long from, long to, boolean isUnknown) {}

  @ParameterizedTest
  @MethodSource("seeds")
  void ofAllConsumersThatRaceOneHasAdvancedTheCursorOverEachRecord(long seed) {
    LOG.warn("replay with -Draftless.seed={}", seed);
    mine.start(0, ResetTo.earliest()).join();
    store.misbehave(new Random(seed), 0.2);
    List<CompletableFuture<List<Consumed>>> consumers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ConsumerGroup group = (i == 0 ? log : other).group("g");
      Random random = new Random(seed + i);
      consumers.add(CompletableFuture.supplyAsync(() -> consumeAll(group, random)));
    }
    List<Consumed> all = consumers.stream().flatMap(consumer -> consumer.join().stream()).toList();
    store.behave();
    store.landLate();
    assertThat(position()).isEqualTo(at(0, RECORDS));

    int[] advanced = new int[RECORDS];
    boolean[] isUnknown = new boolean[RECORDS];
    for (Consumed one : all) {
      for (int offset = (int) one.from(); offset < one.to(); offset++) {
        isUnknown[offset] |= one.isUnknown();
        advanced[offset] += one.isUnknown() ? 0 : 1;
      }
    }
    for (int offset = 0; offset < RECORDS; offset++) {
      // Where nobody was told that he did it, somebody was told that it cannot be told.
      assertThat(advanced[offset]).as("at %s", offset).isBetween(isUnknown[offset] ? 0 : 1, 1);
    }
  }

  private static List<Consumed> consumeAll(ConsumerGroup group, Random random) {
    List<Consumed> consumed = new ArrayList<>();
    long last = 0;
    while (true) {
      GroupPosition position = group.position(0).join();
      long from = position.offset().orElseThrow();
      assertThat(from).as("never back").isGreaterThanOrEqualTo(last);
      last = from;
      if (from == RECORDS) {
        return consumed;
      }
      long to = Math.min(RECORDS, from + 1 + random.nextInt(3));
      try {
        Acknowledgement answer = group.acknowledge(0, position.generation(), from, to).join();
        if (answer instanceof Acknowledgement.Advanced) {
          consumed.add(new Consumed(from, to, false));
        }
      } catch (CompletionException e) {
        assertThat(e.getCause()).isInstanceOf(RaftlessException.UnknownOutcome.class);
        consumed.add(new Consumed(from, to, true));
      }
    }
  }
}
