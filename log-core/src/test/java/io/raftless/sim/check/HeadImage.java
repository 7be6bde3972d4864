package io.raftless.sim.check;

import io.raftless.id.Label;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a head says, read without the class that writes it. */
record HeadImage(
    String incarnation,
    int partition,
    long version,
    String lastWrite,
    String status,
    long generation,
    long nextOffset,
    long startOffset,
    long cursor,
    String startChain,
    String chain,
    Label horizon,
    SortedMap<String, Writer> writers,
    List<Item> segments,
    List<Item> wal) {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** Who holds a writer id. */
  record Writer(long epoch, String holder, long rank, @Nullable String position, long stores) {}

  /** Reads JSON. */
  static JsonNode json(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return MAPPER.readTree(bytes);
  }

  static HeadImage of(ByteBuffer body) {
    JsonNode json = json(body);
    TreeMap<String, Writer> writers = new TreeMap<>();
    for (var entry : json.required("writers").properties()) {
      JsonNode writer = entry.getValue();
      writers.put(
          entry.getKey(),
          new Writer(
              writer.required("epoch").asLong(),
              writer.required("holder").asString(),
              writer.required("rank").asLong(),
              writer.has("position") ? writer.required("position").asString() : null,
              writer.path("stores").asLong(0)));
    }
    JsonNode state = json.required("state");
    return new HeadImage(
        json.required("incarnation").asString(),
        json.required("partition").asInt(),
        json.required("version").asLong(),
        json.required("lastWrite").asString(),
        state.required("status").asString(),
        state.required("generation").asLong(),
        json.required("nextOffset").asLong(),
        json.required("startOffset").asLong(),
        json.required("compactionCursor").asLong(),
        json.required("startChain").asString(),
        json.required("chain").asString(),
        Label.parse(json.required("horizon").asString()),
        Collections.unmodifiableSortedMap(writers),
        Item.ofSpine(json.required("segments")),
        Item.ofSpine(json.required("wal")));
  }

  boolean isOpen() {
    return status.equals("OPEN");
  }

  boolean isDeleted() {
    return status.equals("DELETED");
  }
}
