package io.raftless.index;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The writer ids of the batches of a head or a node. An entry is stored with its epoch alone, which
 * no two acquires of a partition share; whose epochs they are is stored once, next to the entries:
 * otherwise a long writer id would be there a hundred times, in every commit.
 */
final class EntryOrigins {
  private EntryOrigins() {}

  /**
   * What is stored next to the entries: writer id → its epochs, in ascending order.
   *
   * @throws FormatException if an entry does not know its writer id
   */
  static SortedMap<String, List<Long>> of(List<? extends Item> items) {
    TreeMap<String, List<Long>> epochs = new TreeMap<>();
    for (Item item : items) {
      if (item instanceof Entry entry && entry.epoch() != null) {
        if (entry.writerId() == null) {
          throw new FormatException("nothing says whose epoch " + entry.epoch() + " is");
        }
        List<Long> known = epochs.computeIfAbsent(entry.writerId(), any -> new ArrayList<>());
        if (!known.contains(entry.epoch())) {
          known.add(entry.epoch());
        }
      }
    }
    epochs.values().forEach(Collections::sort);
    epochs.replaceAll((writerId, list) -> List.copyOf(list));
    return Collections.unmodifiableSortedMap(epochs);
  }

  /** What {@link #of} takes, as it is stored; 0 if there is nothing to store. */
  static int bytes(List<? extends Item> items) {
    SortedMap<String, List<Long>> origins = of(items);
    return origins.isEmpty() ? 0 : Json.encode(origins).remaining();
  }

  /**
   * Entries that know their writer ids, from entries as they are stored.
   *
   * @param stored what {@link #of} gave for them
   * @throws FormatException if it was not of them
   */
  static <E extends Item> List<E> named(List<E> entries, Map<String, List<Long>> stored) {
    if (stored.isEmpty()) {
      return List.copyOf(entries);
    }
    Map<Long, String> writerIds = new HashMap<>();
    stored.forEach((id, epochs) -> epochs.forEach(epoch -> writerIds.put(epoch, id)));
    List<E> named = new ArrayList<>(entries.size());
    for (E item : entries) {
      named.add(named(item, writerIds));
    }
    if (!of(named).equals(stored)) {
      throw new FormatException("the batches are not of the writers and epochs " + stored);
    }
    return List.copyOf(named);
  }

  @SuppressWarnings("unchecked") // What an entry becomes is an entry.
  private static <E extends Item> E named(E item, Map<Long, String> writerIds) {
    if (item instanceof Entry entry && entry.epoch() != null && entry.writerId() == null) {
      return (E) entry.withWriterId(writerIds.get(entry.epoch()));
    }
    return item;
  }
}
