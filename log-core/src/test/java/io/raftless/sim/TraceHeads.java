package io.raftless.sim;

import io.raftless.format.Json;
import io.raftless.format.ProvenanceList;
import io.raftless.head.Head;
import io.raftless.id.Label;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads heads as the model has them: with a flat index, and the sources of segments in it. */
final class TraceHeads {

  /**
   * A head with all that its index has, wherever it is.
   *
   * @param wal what is not compacted
   * @param segments what is
   */
  record Flat(Head head, List<Entry> wal, List<Segment> segments) {

    /** Labels of what it has at the end and another one does not. */
    List<Label> addedTo(Flat before) {
      return wal.stream()
          .filter(entry -> entry.endOffset() > before.head().nextOffset())
          .map(Entry::label)
          .toList();
    }

    /** As docs/spec/traces.md has it. */
    Map<String, Object> summary() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("version", head.version());
      fields.put("generation", head.state().generation());
      fields.put("status", head.state().status().name());
      fields.put("next", head.nextOffset());
      fields.put("start", head.startOffset());
      fields.put("cursor", head.compactionCursor());
      fields.put("horizon", head.horizon());
      fields.put("batches", wal.size());
      fields.put("segments", segments.size());
      return fields;
    }
  }

  private final Map<Label, IndexNode> nodes = new HashMap<>();
  private final Map<Label, ProvenanceList> lists = new HashMap<>();

  /** Notes what was sent to be stored below {@code node/}: an index node or a list of sources. */
  void node(Label label, ByteBuffer body) {
    if (body.get(body.position()) == '{') {
      nodes.put(label, Json.decode(body, IndexNode.class, "index node", IndexNode.FORMAT));
    } else {
      lists.put(label, ProvenanceList.decode(body));
    }
  }

  boolean isList(Label label) {
    return lists.containsKey(label);
  }

  Flat head(ByteBuffer body) {
    Head head = Json.decode(body, Head.class, "head", Head.FORMAT);
    List<Entry> wal = new ArrayList<>();
    flatten(head.wal()).forEach(item -> wal.add((Entry) item));
    List<Segment> segments = new ArrayList<>();
    flatten(head.segments()).forEach(item -> segments.add((Segment) item));
    return new Flat(head, wal, segments);
  }

  private List<Item> flatten(SpineIndex<?> index) {
    List<Item> flat = new ArrayList<>();
    index.items().forEach(item -> flatten(item, flat));
    return flat;
  }

  private void flatten(Item item, List<Item> into) {
    if (item instanceof NodeRef ref) {
      IndexNode node = nodes.get(ref.node());
      if (node == null) {
        throw new IllegalStateException("node " + ref.node() + " was never sent");
      }
      node.items().forEach(below -> flatten(below, into));
    } else {
      into.add(item);
    }
  }

  /** A segment as the model has it. */
  Map<String, Object> segment(Segment segment) {
    ProvenanceList list = lists.get(segment.provenance());
    if (list == null) {
      throw new IllegalStateException("list " + segment.provenance() + " was never sent");
    }
    List<Map<String, Object>> sources = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      Map<String, Object> source = new LinkedHashMap<>();
      source.put("label", new Label(list.label(i)));
      source.put("count", list.count(i));
      source.put("base", list.baseOffset(i));
      sources.add(source);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    Label label = segment.label();
    fields.put("label", label == null ? (Object) 0 : label);
    fields.put("list", segment.provenance());
    fields.put("base", segment.baseOffset());
    fields.put("end", segment.endOffset());
    fields.put("from", segment.dataOffset());
    fields.put("src", sources);
    return fields;
  }
}
