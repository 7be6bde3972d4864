package io.raftless.connect.sink;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a topic-partition is, as its head has it: stored in the same conditional write as the
 * records before it.
 *
 * @param nextOffset the offset in Kafka that is to be read next; {@link #START_ANEW} after a reset
 * @param topicId of the topic that the offset is of; null if it was never looked at
 * @param markers what happened on the way, oldest first; old ones go when there is no room
 */
public record StoredPosition(long nextOffset, @Nullable String topicId, List<Marker> markers) {
  /** In place of an offset: as if there were no position. */
  public static final long START_ANEW = -1;

  private static final int MAX_CHARACTERS = 1_024;
  private static final int FORMAT = 1;

  /** What a marker is about. */
  public enum Kind {
    /** The topic was deleted and created again. */
    TOPIC_RECREATED,
    /** Kafka did not have the records any more that were to be read next. */
    OFFSETS_LOST,
    /** Somebody altered or reset the offsets of the connector. */
    OFFSETS_ALTERED
  }

  /**
   * That offsets do not simply follow each other here.
   *
   * @param kind why
   * @param oldNext the next offset before; {@link #START_ANEW} if there was none
   * @param oldTopicId the topic id before; null if it was not known
   * @param newNext the next offset after it; {@link #START_ANEW} after a reset
   */
  public record Marker(
      Kind kind,
      long oldNext,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String oldTopicId,
      long newNext) {}

  /** As it is stored. */
  private record Stored(
      int format,
      long next,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String topicId,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<Marker> markers) {}

  public StoredPosition {
    if (nextOffset < START_ANEW) {
      throw new IllegalArgumentException("next offset " + nextOffset);
    }
    markers = List.copyOf(markers);
  }

  /** A position without a history. */
  public static StoredPosition at(long nextOffset, @Nullable String topicId) {
    return new StoredPosition(nextOffset, topicId, List.of());
  }

  /** The same further on. */
  public StoredPosition withNext(long offset) {
    return new StoredPosition(offset, topicId, markers);
  }

  /** Another place, and a marker that says why. */
  public StoredPosition movedTo(long offset, @Nullable String newTopicId, Kind why) {
    List<Marker> more = new ArrayList<>(markers);
    more.add(new Marker(why, nextOffset, topicId, offset));
    return new StoredPosition(offset, newTopicId, more);
  }

  /** Whether the partition is to start as if it had no position. */
  public boolean isStartAnew() {
    return nextOffset == START_ANEW;
  }

  /** As JSON of at most 1,024 characters; the oldest markers are left out if it would be longer. */
  public String encode() {
    for (int from = 0; ; from++) {
      List<Marker> kept = markers.subList(from, markers.size());
      Stored stored = new Stored(FORMAT, nextOffset, topicId, kept);
      String json = StandardCharsets.UTF_8.decode(Json.encode(stored)).toString();
      if (json.length() <= MAX_CHARACTERS || kept.isEmpty()) {
        return json;
      }
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws FormatException if it is something else, or of a newer version
   */
  public static StoredPosition decode(String json) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(json);
    Stored stored = Json.decode(bytes, Stored.class, "position of a Kafka partition", FORMAT);
    if (stored.next() < START_ANEW) {
      throw new FormatException("the position of a Kafka partition has offset " + stored.next());
    }
    return new StoredPosition(
        stored.next(), stored.topicId(), stored.markers() == null ? List.of() : stored.markers());
  }
}
