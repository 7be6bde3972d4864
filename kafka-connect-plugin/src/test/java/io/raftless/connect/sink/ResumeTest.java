package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.connect.sink.Decision.Fail;
import io.raftless.connect.sink.Decision.FollowConsumer;
import io.raftless.connect.sink.Decision.GoOn;
import io.raftless.connect.sink.StoredPosition.Kind;
import io.raftless.connect.sink.StoredPosition.Marker;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ResumeTest {
  private static final TopicPartition PARTITION = new TopicPartition("orders", 3);
  private static final BrokerView VIEW = new BrokerView("id", 10, 100);
  private static final ResumePolicy CONTINUE =
      new ResumePolicy(OnTrouble.CONTINUE, OnTrouble.CONTINUE, StartPosition.EARLIEST);

  private static ResumePolicy startAt(StartPosition start) {
    return new ResumePolicy(OnTrouble.FAIL, OnTrouble.FAIL, start);
  }

  @Test
  void goesOnAtThePosition() {
    StoredPosition position = StoredPosition.at(50, "id");

    assertThat(Resume.decide(PARTITION, position, VIEW, ResumePolicy.DEFAULTS))
        .isEqualTo(new GoOn(50, position));
  }

  @Test
  void bothEndsOfWhatKafkaHasAreOrdinary() {
    for (long next : new long[] {10, 100}) {
      StoredPosition position = StoredPosition.at(next, "id");

      assertThat(Resume.decide(PARTITION, position, VIEW, ResumePolicy.DEFAULTS))
          .isEqualTo(new GoOn(next, position));
    }
  }

  @Test
  void startsWhereItWasTold() {
    assertThat(Resume.decide(PARTITION, null, VIEW, startAt(StartPosition.EARLIEST)))
        .isEqualTo(new GoOn(10, StoredPosition.at(10, "id")));
    assertThat(Resume.decide(PARTITION, null, VIEW, startAt(StartPosition.LATEST)))
        .isEqualTo(new GoOn(100, StoredPosition.at(100, "id")));
  }

  @Test
  void aCommittedStartIsWhereTheConsumerTurnsOutToBe() {
    Decision decision = Resume.decide(PARTITION, null, VIEW, startAt(StartPosition.COMMITTED));

    assertThat(decision)
        .isInstanceOfSatisfying(
            FollowConsumer.class,
            follow ->
                assertThat(follow.at(33)).isEqualTo(new GoOn(33, StoredPosition.at(33, "id"))));
  }

  @Test
  void aResetStartsAnewAndKeepsItsMarkers() {
    StoredPosition reset = StoredPosition.at(50, "older").movedTo(-1, null, Kind.OFFSETS_ALTERED);

    assertThat(Resume.decide(PARTITION, reset, VIEW, ResumePolicy.DEFAULTS))
        .isEqualTo(new GoOn(10, new StoredPosition(10, "id", reset.markers())));
    assertThat(Resume.decide(PARTITION, reset, VIEW, startAt(StartPosition.LATEST)))
        .isEqualTo(new GoOn(100, new StoredPosition(100, "id", reset.markers())));
  }

  @Test
  void aRecreatedTopicFailsOrContinuesAtItsFirstRecordWithAMarker() {
    StoredPosition position = StoredPosition.at(50, "old");

    assertThat(Resume.decide(PARTITION, position, VIEW, ResumePolicy.DEFAULTS))
        .isInstanceOfSatisfying(
            Fail.class,
            fail ->
                assertThat(fail.message())
                    .contains("orders-3", "old", "id", "50", "on.topic.recreated=continue"));
    assertThat(Resume.decide(PARTITION, position, VIEW, CONTINUE))
        .isEqualTo(
            new GoOn(
                10,
                new StoredPosition(
                    10, "id", List.of(new Marker(Kind.TOPIC_RECREATED, 50, "old", 10)))));
  }

  @Test
  void aRecreatedTopicIsToldApartFromLostOffsets() {
    ResumePolicy onlyLost =
        new ResumePolicy(OnTrouble.FAIL, OnTrouble.CONTINUE, StartPosition.EARLIEST);

    assertThat(Resume.decide(PARTITION, StoredPosition.at(5, "old"), VIEW, onlyLost))
        .isInstanceOf(Fail.class);
    assertThat(Resume.decide(PARTITION, StoredPosition.at(500, "old"), VIEW, onlyLost))
        .isInstanceOf(Fail.class);
  }

  @Test
  void offsetsThatAreGoneFailOrContinueAtTheFirstThatIsThereWithAMarker() {
    StoredPosition position = StoredPosition.at(9, "id");

    assertThat(Resume.decide(PARTITION, position, VIEW, ResumePolicy.DEFAULTS))
        .isInstanceOfSatisfying(
            Fail.class,
            fail ->
                assertThat(fail.message())
                    .contains("orders-3", "offset 9", "before 10", "on.offsets.lost=continue"));
    assertThat(Resume.decide(PARTITION, position, VIEW, CONTINUE))
        .isEqualTo(
            new GoOn(
                10,
                new StoredPosition(10, "id", List.of(new Marker(Kind.OFFSETS_LOST, 9, "id", 10)))));
  }

  @Test
  void anEndBeforeThePositionFailsOrContinuesThereWithAMarker() {
    StoredPosition position = StoredPosition.at(101, "id");

    assertThat(Resume.decide(PARTITION, position, VIEW, ResumePolicy.DEFAULTS))
        .isInstanceOfSatisfying(
            Fail.class,
            fail ->
                assertThat(fail.message())
                    .contains("orders-3", "101", "end is at 100", "on.offsets.lost=continue"));
    assertThat(Resume.decide(PARTITION, position, VIEW, CONTINUE))
        .isEqualTo(
            new GoOn(
                100,
                new StoredPosition(
                    100, "id", List.of(new Marker(Kind.OFFSETS_LOST, 101, "id", 100)))));
  }

  @Test
  void withoutALookAtKafkaThePositionCounts() {
    StoredPosition position = StoredPosition.at(50, "id");

    assertThat(Resume.decide(PARTITION, position, null, ResumePolicy.DEFAULTS))
        .isEqualTo(new GoOn(50, position));
    assertThat(Resume.decide(PARTITION, null, null, ResumePolicy.DEFAULTS))
        .isEqualTo(new GoOn(0, StoredPosition.at(0, null)));
    assertThat(Resume.decide(PARTITION, null, null, startAt(StartPosition.LATEST)))
        .isInstanceOf(Fail.class);
  }

  @Test
  void aTopicIdIsLearntButNeverForgotten() {
    assertThat(Resume.decide(PARTITION, StoredPosition.at(50, null), VIEW, ResumePolicy.DEFAULTS))
        .isEqualTo(new GoOn(50, StoredPosition.at(50, "id")));
    assertThat(
            Resume.decide(
                PARTITION,
                StoredPosition.at(50, "id"),
                new BrokerView(null, 10, 100),
                ResumePolicy.DEFAULTS))
        .isEqualTo(new GoOn(50, StoredPosition.at(50, "id")));
  }
}
