package io.raftless.head;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a head knows of a writer id.
 *
 * @param epoch the version that the head got with the acquire; no two acquires of a partition share
 *     one, so an old epoch can never match
 * @param holder who acquired
 * @param rank orders the acquires of a writer id over all partitions: the epoch that this one got
 *     on the first partition
 * @param superseded short hashes of the last few holders before, which cannot acquire again: two
 *     jobs that restart in turn would fence each other forever
 * @param position what the writer last stored, together with records or alone
 * @param stores counts the stores of a position, from the epoch of the first acquire on: it tells
 *     whether one was stored since a given state, which the position itself does not, because
 *     positions may return
 */
public record WriterEntry(
    long epoch,
    String holder,
    long rank,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> superseded,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String position,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long stores) {
  private static final int REMEMBERED = 16;

  public WriterEntry {
    superseded = superseded == null ? List.of() : List.copyOf(superseded);
  }

  /**
   * The entry of a writer id that was not known before, or was forgotten. Its stores are counted
   * from the epoch on: *because* a count that began at 0 again could meet that of an undecided
   * store of before. A head has had more versions than stores, so the new count is above every old
   * one.
   */
  static WriterEntry first(long epoch, String holder, long rank) {
    return new WriterEntry(epoch, holder, rank, List.of(), null, epoch);
  }

  /** How often a position was stored. */
  @JsonIgnore
  long storeCount() {
    return stores == null ? 0 : stores;
  }

  /** The entry after another holder acquired. */
  WriterEntry supersededBy(String newHolder, long newEpoch, long newRank) {
    List<String> all = new ArrayList<>(superseded);
    all.add(shortHash(holder));
    int from = Math.max(0, all.size() - REMEMBERED);
    return new WriterEntry(
        newEpoch, newHolder, newRank, all.subList(from, all.size()), position, stores);
  }

  WriterEntry withPosition(String newPosition) {
    return new WriterEntry(epoch, holder, rank, superseded, newPosition, storeCount() + 1);
  }

  /** What the entry takes in the head, as it is stored. */
  @JsonIgnore
  int bytes() {
    return Json.encode(this).remaining();
  }

  @JsonIgnore
  boolean hasSuperseded(String candidate) {
    return superseded.contains(shortHash(candidate));
  }

  /** 16 hex digits: a collision refuses a newcomer (liveness), it never admits an old holder. */
  private static String shortHash(String holder) {
    UUID hash = UUID.nameUUIDFromBytes(holder.getBytes(StandardCharsets.UTF_8));
    return String.format("%016x", hash.getMostSignificantBits());
  }
}
