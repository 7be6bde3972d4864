package io.raftless.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Json;
import io.raftless.head.Head;
import io.raftless.index.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

class FullHeadTest {
  @Test
  void aFullHeadHasAlmostAllEntriesAndReferencesThatThereMayBe() throws Exception {
    Head head = FullHead.with(0, 1);
    assertThat(head.wal().entries()).hasSizeBetween(81, 96);
    assertThat(head.wal().levels()).hasSize(2);
    assertThat(head.wal().levels().get(0)).hasSizeBetween(40, 48);
    assertThat(head.wal().inlineBytes()).isZero();
  }

  @Test
  void aFullHeadWithBatchesInItHasAlmostAsManyBytesOfThemAsThereMayBe() throws Exception {
    Head head = FullHead.with(16 << 10, 1);
    assertThat(head.wal().inlineBytes()).isBetween(14 << 10, 16 << 10);
    List<Entry> inline = head.wal().entries().stream().filter(e -> e.data() != null).toList();
    assertThat(inline).hasSize(16);
    Head read = Json.decode(Json.encode(head), Head.class, "head", Head.FORMAT);
    assertThat(read).isEqualTo(head);
  }
}
