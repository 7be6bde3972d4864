package io.raftless.sim.check;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Docs/protocol.md §10: the cursor of a group has a generation that only grows, and within one its
 * offset never goes back.
 */
final class GroupCursorsNeverGoBack implements Invariant {
  private final Map<String, JsonNode> cursors = new HashMap<>();

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.Written written)
        || written.object().kind() != StoredObject.Kind.CURSOR) {
      return;
    }
    JsonNode after = HeadImage.json(written.body());
    JsonNode before = cursors.put(written.object().key(), after);
    if (before == null) {
      return;
    }
    long generation = after.required("generation").asLong();
    long generationBefore = before.required("generation").asLong();
    boolean goesBack =
        generation < generationBefore
            || (generation == generationBefore
                && after.path("offset").asLong(-1) < before.path("offset").asLong(-1));
    if (goesBack || after.required("version").asLong() != before.required("version").asLong() + 1) {
      throw broken(written.by() + " wrote " + after + " over " + before);
    }
  }
}
