package io.raftless.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.head.LogKeys;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoredKeyTest {
  private static final String ROOT = "some/where/";

  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final LogKeys keys = new LogKeys(ROOT, incarnation);
  private final Label label = labels.next();

  @Test
  void everyKeyThatIsMadeIsRecognized() {
    assertThat(StoredKey.parse(ROOT, LogKeys.descriptor(ROOT)).kind())
        .isEqualTo(ObjectKind.DESCRIPTOR);
    assertThat(StoredKey.parse(ROOT, keys.head(17)))
        .isEqualTo(new StoredKey(ObjectKind.HEAD, incarnation, null));
    assertThat(StoredKey.parse(ROOT, keys.node(0, label)))
        .isEqualTo(new StoredKey(ObjectKind.NODE, incarnation, label));
    assertThat(StoredKey.parse(ROOT, keys.provenance(9_999, label)))
        .isEqualTo(new StoredKey(ObjectKind.NODE, incarnation, label));
    assertThat(StoredKey.parse(ROOT, keys.segment(3, label)))
        .isEqualTo(new StoredKey(ObjectKind.SEGMENT, incarnation, label));
    assertThat(StoredKey.parse(ROOT, keys.wal(label)))
        .isEqualTo(new StoredKey(ObjectKind.WAL, incarnation, label));
    assertThat(StoredKey.parse(ROOT, ROOT + incarnation + "/cursors/my.group/12").kind())
        .isEqualTo(ObjectKind.CURSOR);
    assertThat(StoredKey.parse(ROOT, ROOT + incarnation + "/tasks/0/lock").kind())
        .isEqualTo(ObjectKind.TASK);
  }

  @Test
  void whatNobodyMakesIsUnknown() {
    String base = ROOT + incarnation + "/";
    String shard = label.shard().equals("00") ? "01" : "00";
    for (String key :
        List.of(
            ROOT,
            ROOT + "log.json.bak",
            ROOT + "x/log.json",
            ROOT + incarnation,
            ROOT + UUID.randomUUID() + "/0/head",
            base + "head",
            base + "00/head",
            base + "0/head2",
            base + "0/node/x",
            base + "0/node/" + label + "/x",
            base + "0/node/" + label.toString().toUpperCase(java.util.Locale.ROOT),
            base + "wal/" + label,
            base + "wal/" + shard + "/" + label,
            base + "0/segment/" + shard + "/" + label,
            base + "0/wal/" + label.shard() + "/" + label,
            base + "cursors/group",
            base + "tasks/")) {
      assertThat(StoredKey.parse(ROOT, key).kind()).as(key).isEqualTo(ObjectKind.UNKNOWN);
    }
  }
}
