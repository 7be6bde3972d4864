package io.raftless.maintenance;

import io.raftless.head.LogKeys;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the key of an object says: the reverse of {@link LogKeys}. It is strict, since what is taken
 * for ours may be deleted: a key is of a kind only if {@link LogKeys} would make that very key.
 *
 * @param kind what it is
 * @param incarnation of the log; null for {@code log.json} and what is unknown
 * @param label of an immutable object; null for all others
 */
record StoredKey(ObjectKind kind, @Nullable Incarnation incarnation, @Nullable Label label) {
  private static final String UUID =
      "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";
  private static final String NUMBER = "(?:0|[1-9][0-9]{0,8})";
  private static final Pattern OURS =
      Pattern.compile(
          "(?<incarnation>"
              + UUID
              + ")/(?:(?<head>"
              + NUMBER
              + "/head)|(?<cursor>cursors/[^/]+/"
              + NUMBER
              + ")|(?<task>tasks/.+)|(?:(?:(?<node>"
              + NUMBER
              + "/node/)|(?:(?<segment>"
              + NUMBER
              + "/segment/)|(?<wal>wal/))(?<shard>[0-9a-f]{2})/)(?<label>"
              + UUID
              + ")))");

  private static final StoredKey UNKNOWN = new StoredKey(ObjectKind.UNKNOWN, null, null);

  /**
   * Reads a key.
   *
   * @param root of the log, ending in a slash; {@code key} begins with it
   */
  static StoredKey parse(String root, String key) {
    if (key.equals(LogKeys.descriptor(root))) {
      return new StoredKey(ObjectKind.DESCRIPTOR, null, null);
    }
    Matcher ours = OURS.matcher(key.substring(root.length()));
    if (!ours.matches()) {
      return UNKNOWN;
    }
    Incarnation incarnation = Incarnation.parse(ours.group("incarnation"));
    String text = ours.group("label");
    if (text == null) {
      ObjectKind kind =
          ours.group("head") != null
              ? ObjectKind.HEAD
              : ours.group("cursor") != null ? ObjectKind.CURSOR : ObjectKind.TASK;
      return new StoredKey(kind, incarnation, null);
    }
    Label label = Label.parse(text);
    if (ours.group("node") != null) {
      return new StoredKey(ObjectKind.NODE, incarnation, label);
    }
    if (!label.shard().equals(ours.group("shard"))) {
      return UNKNOWN;
    }
    ObjectKind kind = ours.group("wal") != null ? ObjectKind.WAL : ObjectKind.SEGMENT;
    return new StoredKey(kind, incarnation, label);
  }
}
