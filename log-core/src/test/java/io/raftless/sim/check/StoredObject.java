package io.raftless.sim.check;

import io.raftless.id.Label;
import org.jspecify.annotations.Nullable;

/**
 * What a key says of its object.
 *
 * @param incarnation "" for {@code log.json}
 * @param partition −1 if it belongs to all
 * @param label of what never changes
 */
record StoredObject(
    String key, Kind kind, String incarnation, int partition, @Nullable Label label) {

  private static final int LABEL_LENGTH = 36;

  enum Kind {
    DESCRIPTOR,
    HEAD,
    NODE,
    SEGMENT,
    WAL,
    CURSOR,
    OTHER;

    boolean isImmutable() {
      return this == NODE || this == SEGMENT || this == WAL;
    }
  }

  /**
   * Reads a key.
   *
   * @param root of the log, ending in a slash
   */
  static StoredObject of(String root, String key) {
    if (!key.startsWith(root)) {
      return new StoredObject(key, Kind.OTHER, "", -1, null);
    }
    String[] parts = key.substring(root.length()).split("/", -1);
    if (parts.length == 1 && parts[0].equals("log.json")) {
      return new StoredObject(key, Kind.DESCRIPTOR, "", -1, null);
    }
    if (parts.length < 3 || parts[0].length() != LABEL_LENGTH) {
      return new StoredObject(key, Kind.OTHER, "", -1, null);
    }
    return switch (parts[1]) {
      case "wal" -> new StoredObject(key, Kind.WAL, parts[0], -1, Label.parse(parts[3]));
      case "cursors" ->
          new StoredObject(key, Kind.CURSOR, parts[0], Integer.parseInt(parts[3]), null);
      default -> {
        int partition = Integer.parseInt(parts[1]);
        yield switch (parts[2]) {
          case "head" -> new StoredObject(key, Kind.HEAD, parts[0], partition, null);
          case "node" ->
              new StoredObject(key, Kind.NODE, parts[0], partition, Label.parse(parts[3]));
          case "segment" ->
              new StoredObject(key, Kind.SEGMENT, parts[0], partition, Label.parse(parts[4]));
          default -> new StoredObject(key, Kind.OTHER, parts[0], partition, null);
        };
      }
    };
  }

  /** The key of an object that never changes (design §3), written down once more. */
  static String key(String root, String incarnation, int partition, Kind kind, Label label) {
    String shard = label.toString().substring(LABEL_LENGTH - 2);
    return root
        + incarnation
        + switch (kind) {
          case WAL -> "/wal/" + shard + "/";
          case NODE -> "/" + partition + "/node/";
          case SEGMENT -> "/" + partition + "/segment/" + shard + "/";
          case DESCRIPTOR, HEAD, CURSOR, OTHER ->
              throw new IllegalArgumentException(kind + " has no label");
        }
        + label;
  }
}
