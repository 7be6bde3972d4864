package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.sink.StoredPosition.Kind;
import io.raftless.connect.sink.StoredPosition.Marker;
import io.raftless.format.FormatException;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredPositionTest {
  private static final String TOPIC_ID = "Xo4RkVnMRUOYmhfa2b5Cgw";

  @Test
  void isReadAsItWasWritten() {
    StoredPosition position =
        new StoredPosition(
            42,
            TOPIC_ID,
            List.of(
                new Marker(Kind.TOPIC_RECREATED, 17, "old", 0),
                new Marker(Kind.OFFSETS_ALTERED, StoredPosition.START_ANEW, null, 40)));

    assertThat(StoredPosition.decode(position.encode())).isEqualTo(position);
  }

  @Test
  void leavesOutWhatIsNotThere() {
    assertThat(StoredPosition.at(7, null).encode()).isEqualTo("{\"format\":1,\"next\":7}");
    assertThat(StoredPosition.decode("{\"format\":1,\"next\":7}"))
        .isEqualTo(new StoredPosition(7, null, List.of()));
  }

  @Test
  void keepsTheLastMarkersThatFitAndAlwaysTheOffset() {
    StoredPosition position = StoredPosition.at(0, TOPIC_ID);
    for (int move = 1; move <= 50; move++) {
      position = position.movedTo(Long.MAX_VALUE - 50 + move, TOPIC_ID, Kind.TOPIC_RECREATED);
    }

    String json = position.encode();

    StoredPosition read = StoredPosition.decode(json);
    assertThat(json.length()).isBetween(800, 1_024);
    assertThat(read.nextOffset()).isEqualTo(Long.MAX_VALUE);
    assertThat(read.markers())
        .hasSizeGreaterThan(4)
        .isEqualTo(position.markers().subList(50 - read.markers().size(), 50));
  }

  @Test
  void aMoveRemembersWhereItCameFrom() {
    StoredPosition moved = StoredPosition.at(9, "old").movedTo(3, "new", Kind.TOPIC_RECREATED);

    assertThat(moved)
        .isEqualTo(
            new StoredPosition(3, "new", List.of(new Marker(Kind.TOPIC_RECREATED, 9, "old", 3))));
  }

  @Test
  void aResetIsNoOffset() {
    StoredPosition reset =
        StoredPosition.at(9, TOPIC_ID)
            .movedTo(StoredPosition.START_ANEW, null, Kind.OFFSETS_ALTERED);

    assertThat(StoredPosition.decode(reset.encode()).isStartAnew()).isTrue();
    assertThat(StoredPosition.at(0, null).isStartAnew()).isFalse();
  }

  @Test
  void whatIsNoPositionIsRefused() {
    for (String damaged :
        List.of(
            "",
            "42",
            "{\"format\":1}",
            "{\"format\":1,\"next\":null}",
            "{\"format\":1,\"next\":-2}",
            "{\"format\":1,\"next\":1,\"more\":2}",
            "{\"format\":1,\"next\":1,\"markers\":[{\"kind\":\"NONE\",\"oldNext\":1,\"newNext\":2}]}")) {
      assertThatThrownBy(() -> StoredPosition.decode(damaged))
          .as(damaged)
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("position of a Kafka partition");
    }
  }

  @Test
  void aNewerFormatIsNotGuessedAt() {
    assertThatThrownBy(() -> StoredPosition.decode("{\"format\":2,\"next\":1,\"color\":\"red\"}"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("2");
  }
}
