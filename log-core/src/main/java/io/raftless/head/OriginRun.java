package io.raftless.head;

import io.raftless.format.Origin;
import io.raftless.format.ProvenanceList;
import io.raftless.index.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive records that were committed under one writer id and epoch.
 *
 * @param baseOffset of the first record
 * @param endOffset after the last record
 * @param origin null if it is not known
 */
public record OriginRun(long baseOffset, long endOffset, @Nullable Origin origin) {

  /** The runs of a segment's sources: as few as there are changes. */
  static List<OriginRun> of(ProvenanceList sources) {
    List<OriginRun> runs = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      add(runs, sources.baseOffset(i), sources.endOffset(i), sources.origin(i));
    }
    return runs;
  }

  /** The runs of batches that follow one another. */
  static List<OriginRun> of(List<Entry> batches) {
    List<OriginRun> runs = new ArrayList<>();
    for (Entry batch : batches) {
      add(runs, batch.baseOffset(), batch.endOffset(), batch.origin());
    }
    return runs;
  }

  private static void add(
      List<OriginRun> runs, long baseOffset, long endOffset, @Nullable Origin origin) {
    OriginRun last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (last != null && Objects.equals(last.origin(), origin)) {
      runs.set(runs.size() - 1, new OriginRun(last.baseOffset(), endOffset, origin));
    } else {
      runs.add(new OriginRun(baseOffset, endOffset, origin));
    }
  }
}
