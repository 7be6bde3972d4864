package io.raftless.sim.check;

import io.raftless.id.Label;
import io.raftless.index.Chain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Everything that ever became part of a partition, and who asked for it. */
final class PartitionHistory {
  private final int partition;
  private final List<Committed> committed = new ArrayList<>();
  private final Map<Label, Committed> byLabel = new HashMap<>();
  private final Map<Long, Committed> byBase = new HashMap<>();
  private final Map<Long, Chain> chains = new HashMap<>();
  private final List<String> texts = new ArrayList<>();
  private final Set<String> textSet = new HashSet<>();
  private final Map<String, Committed.Part> parts = new HashMap<>();

  PartitionHistory(int partition) {
    this.partition = partition;
    chains.put(0L, Chain.ZERO);
  }

  /** The offset of the next record. */
  long end() {
    return texts.size();
  }

  List<Committed> committed() {
    return committed;
  }

  @Nullable Committed of(Label label) {
    return byLabel.get(label);
  }

  @Nullable Committed at(long base) {
    return byBase.get(base);
  }

  /** By offset: the text of every record. */
  List<String> texts() {
    return texts;
  }

  boolean has(String text) {
    return textSet.contains(text);
  }

  /** Where an append became part of the log. */
  Committed.@Nullable Part part(String name) {
    return parts.get(name);
  }

  /** The hash chain at an offset where a batch ends; null at others. */
  @Nullable Chain chainAt(long offset) {
    return chains.get(offset);
  }

  Chain after(Chain before, Batch batch) {
    return before.next(partition, batch.label(), batch.count(), batch.crc());
  }

  /** What was found to be right becomes part of the history. */
  void add(Committed one) {
    Batch batch = one.batch();
    Chain before = chains.get(end());
    if (before == null || batch.base() != end() || one.texts().size() != batch.count()) {
      throw new IllegalStateException("nobody noticed that " + one + " does not fit here");
    }
    committed.add(one);
    byLabel.put(batch.label(), one);
    byBase.put(batch.base(), one);
    texts.addAll(one.texts());
    textSet.addAll(one.texts());
    chains.put(end(), after(before, batch));
    for (Committed.Part part : one.parts()) {
      if (part.name() != null) {
        parts.put(part.name(), part);
      }
    }
  }
}
