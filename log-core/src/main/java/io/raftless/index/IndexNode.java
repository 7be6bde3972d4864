package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.List;

/**
 * An immutable index node: entries on level 0, references to nodes of the level below on the
 * others.
 *
 * @param format version of the structure
 * @param incarnation of the log
 * @param partition of the log
 * @param level 0 for entries
 * @param entries in order; empty unless level is 0
 * @param refs in order; empty if level is 0
 */
public record IndexNode(
    int format,
    Incarnation incarnation,
    int partition,
    int level,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Entry> entries,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<NodeRef> refs) {
  /** The newest structure that this program knows, and the one it writes. */
  public static final int FORMAT = 1;

  public IndexNode {
    FormatException.requireKnown("index node", format, FORMAT);
    entries = entries == null ? List.of() : List.copyOf(entries);
    refs = refs == null ? List.of() : List.copyOf(refs);
    if ((level == 0) == entries.isEmpty() || (level > 0) == refs.isEmpty()) {
      throw new FormatException(
          "an index node of level "
              + level
              + " with "
              + entries.size()
              + " entries and "
              + refs.size()
              + " references");
    }
  }

  /** The references below which a batch of this label may be, newest first. */
  public List<NodeRef> candidates(Label label) {
    List<NodeRef> found = new ArrayList<>();
    for (int i = refs.size() - 1; i >= 0; i--) {
      if (refs.get(i).mayHold(label)) {
        found.add(refs.get(i));
      }
    }
    return found;
  }
}
