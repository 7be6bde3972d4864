package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.connect.sink.GapCheck.Verdict;
import io.raftless.connect.sink.StoredPosition.Kind;
import io.raftless.connect.sink.StoredPosition.Marker;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class GapCheckTest {
  private static final TopicPartition PARTITION = new TopicPartition("orders", 3);
  private static final StoredPosition BEFORE = StoredPosition.at(50, "id");
  private static final ResumePolicy CONTINUE =
      new ResumePolicy(OnTrouble.CONTINUE, OnTrouble.CONTINUE, StartPosition.EARLIEST);

  private static Verdict judge(long seen, BrokerView view, ResumePolicy policy) {
    return GapCheck.judge(PARTITION, BEFORE, seen, view, policy);
  }

  @Test
  void aGapBehindTheEarliestOffsetMeansNothing() {
    assertThat(judge(60, new BrokerView("id", 50, 100), ResumePolicy.DEFAULTS))
        .isEqualTo(new Verdict.Ordinary());
    assertThat(judge(60, new BrokerView("id", 0, 100), ResumePolicy.DEFAULTS))
        .isEqualTo(new Verdict.Ordinary());
  }

  @Test
  void aGapThatKafkaDeletedIntoIsALoss() {
    BrokerView deleted = new BrokerView("id", 51, 100);

    assertThat(judge(60, deleted, ResumePolicy.DEFAULTS))
        .isInstanceOfSatisfying(
            Verdict.Fail.class,
            fail -> assertThat(fail.message()).contains("offset 50", "before 51"));
    assertThat(judge(60, deleted, CONTINUE))
        .isEqualTo(
            new Verdict.Lost(
                new StoredPosition(
                    60, "id", List.of(new Marker(Kind.OFFSETS_LOST, 50, "id", 60)))));
  }

  @Test
  void recordsOfARecreatedTopicAreNotTakenForThoseOfTheOldOne() {
    BrokerView recreated = new BrokerView("new", 50, 100);

    assertThat(judge(60, recreated, ResumePolicy.DEFAULTS)).isInstanceOf(Verdict.Fail.class);
    assertThat(judge(60, recreated, CONTINUE))
        .isEqualTo(
            new Verdict.Rewind(
                new Decision.GoOn(
                    50,
                    new StoredPosition(
                        50, "new", List.of(new Marker(Kind.TOPIC_RECREATED, 50, "id", 50))))));
  }

  @Test
  void aStepBackIsARereadIfKafkaStillHasTheEnd() {
    assertThat(judge(40, new BrokerView("id", 0, 100), ResumePolicy.DEFAULTS))
        .isEqualTo(new Verdict.Ordinary());
  }

  @Test
  void aStepBackIsALossIfKafkaLostTheEnd() {
    BrokerView truncated = new BrokerView("id", 0, 45);

    assertThat(judge(40, truncated, ResumePolicy.DEFAULTS)).isInstanceOf(Verdict.Fail.class);
    assertThat(judge(40, truncated, CONTINUE))
        .isInstanceOfSatisfying(
            Verdict.Rewind.class, rewind -> assertThat(rewind.to().offset()).isEqualTo(45));
  }
}
