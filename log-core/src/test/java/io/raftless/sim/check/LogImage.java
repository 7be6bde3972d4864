package io.raftless.sim.check;

import io.raftless.id.Label;
import java.nio.ByteBuffer;
import tools.jackson.databind.JsonNode;

/** What {@code log.json} says. */
record LogImage(
    String incarnation,
    long version,
    String status,
    long generation,
    int partitions,
    Label horizon) {

  static LogImage of(ByteBuffer body) {
    JsonNode json = HeadImage.json(body);
    JsonNode state = json.required("state");
    return new LogImage(
        json.required("incarnation").asString(),
        json.required("version").asLong(),
        state.required("status").asString(),
        state.required("generation").asLong(),
        json.required("partitions").asInt(),
        Label.parse(json.required("horizon").asString()));
  }

  boolean isDeleted() {
    return status.equals("DELETED");
  }
}
