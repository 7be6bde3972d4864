package io.raftless.sim.check;

import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What stands in an index: a batch, a segment, or a reference to a node.
 *
 * @param count of records
 * @param label of the object that it refers to, of a batch its own; null for a segment without data
 * @param provenance of a segment
 * @param data the first offset that a segment has data of
 * @param chain at its end; a batch has none
 * @param object that a batch is in; null if it is in the head
 * @param block of a batch that is in the head, as base64
 */
record Item(
    Kind kind,
    long end,
    long count,
    @Nullable Label label,
    @Nullable Label provenance,
    long data,
    long position,
    int length,
    long crc,
    @Nullable String chain,
    @Nullable Label object,
    @Nullable String block) {

  Item(
      Kind kind,
      long end,
      long count,
      @Nullable Label label,
      @Nullable Label provenance,
      long data,
      long position,
      int length,
      long crc,
      @Nullable String chain) {
    this(kind, end, count, label, provenance, data, position, length, crc, chain, null, null);
  }

  enum Kind {
    BATCH,
    SEGMENT,
    NODE
  }

  long base() {
    return end - count;
  }

  Label requireLabel() {
    if (label == null) {
      throw new IllegalStateException("no object: " + this);
    }
    return label;
  }

  Label requireProvenance() {
    if (provenance == null) {
      throw new IllegalStateException("no list of sources: " + this);
    }
    return provenance;
  }

  private static Item of(JsonNode json) {
    long end = json.required("end").asLong();
    long count = json.required("count").asLong();
    if (json.has("node")) {
      Label node = label(json, "node");
      return new Item(Kind.NODE, end, count, node, null, 0, 0, 0, 0, chain(json));
    }
    if (json.has("provenance")) {
      Label segment = json.has("label") ? label(json, "label") : null;
      Label sources = label(json, "provenance");
      long data = json.required("data").asLong();
      return new Item(Kind.SEGMENT, end, count, segment, sources, data, 0, 0, 0, chain(json));
    }
    Label batch = label(json, "label");
    Label object = json.has("object") ? label(json, "object") : json.has("data") ? null : batch;
    return new Item(
        Kind.BATCH,
        end,
        count,
        batch,
        null,
        0,
        json.required("position").asLong(),
        json.required("length").asInt(),
        json.required("crc").asLong(),
        null,
        object,
        json.has("data") ? json.required("data").asString() : null);
  }

  private static String chain(JsonNode json) {
    return json.required("chain").asString();
  }

  private static Label label(JsonNode json, String name) {
    return Label.parse(json.required(name).asString());
  }

  /** All items of an array. */
  static List<Item> all(JsonNode array) {
    List<Item> items = new ArrayList<>();
    array.forEach(json -> items.add(of(json)));
    return items;
  }

  /** What a head holds of an index, in order of offsets: the highest level first. */
  static List<Item> ofSpine(JsonNode spine) {
    List<Item> items = new ArrayList<>();
    JsonNode levels = spine.path("levels");
    for (int level = levels.size() - 1; level >= 0; level--) {
      items.addAll(all(levels.get(level)));
    }
    items.addAll(all(spine.required("entries")));
    return items;
  }

  /** What is in a node, in order. */
  static List<Item> ofNode(JsonNode node) {
    List<Item> items = new ArrayList<>();
    for (String kind : List.of("refs", "segments", "entries")) {
      items.addAll(all(node.path(kind)));
    }
    return items;
  }

  @Override
  public String toString() {
    return kind + " " + label + " [" + base() + ", " + end + ")";
  }
}
