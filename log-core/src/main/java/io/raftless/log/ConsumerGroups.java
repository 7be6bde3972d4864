package io.raftless.log;

import io.raftless.head.LogKeys;
import io.raftless.id.Name;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What is asked about several groups at a time, for administration and retention. */
final class ConsumerGroups {
  private final RaftlessLog log;
  private final ObjectStore store;
  private final LogKeys keys;

  ConsumerGroups(RaftlessLog log, ObjectStore store, LogKeys keys) {
    this.log = log;
    this.store = store;
    this.keys = keys;
  }

  /** See {@link RaftlessLog#groups}. */
  CompletableFuture<List<String>> names() {
    return Failures.translated(
        partitionsByGroup(new TreeMap<>(), null).thenCompose(this::withPosition),
        "listing the consumer groups of log " + log.id());
  }

  /**
   * Which cursors there are, deleted ones too. Whatever else is below the prefix is passed over.
   */
  private CompletableFuture<SortedMap<String, SortedSet<Integer>>> partitionsByGroup(
      SortedMap<String, SortedSet<Integer>> found, @Nullable String continuation) {
    String prefix = keys.cursors();
    return store
        .list(prefix, continuation)
        .thenCompose(
            page -> {
              for (ListPage.ListedObject object : page.objects()) {
                String[] path = object.key().substring(prefix.length()).split("/", -1);
                if (path.length == 2 && Name.isName(path[0]) && path[1].matches("[0-9]{1,9}")) {
                  found
                      .computeIfAbsent(path[0], name -> new TreeSet<>())
                      .add(Integer.parseInt(path[1]));
                }
              }
              return page.continuation() == null
                  ? CompletableFuture.completedFuture(found)
                  : partitionsByGroup(found, page.continuation());
            });
  }

  /** One group after the other: there may be many, and nobody is in a hurry. */
  private CompletableFuture<List<String>> withPosition(
      SortedMap<String, SortedSet<Integer>> partitions) {
    CompletableFuture<List<String>> names = CompletableFuture.completedFuture(new ArrayList<>());
    for (var group : partitions.entrySet()) {
      names =
          names.thenCompose(
              before ->
                  hasPosition(group.getKey(), group.getValue())
                      .thenApply(
                          isThere -> {
                            if (isThere) {
                              before.add(group.getKey());
                            }
                            return before;
                          }));
    }
    return names.thenApply(List::copyOf);
  }

  private CompletableFuture<Boolean> hasPosition(String group, SortedSet<Integer> partitions) {
    GroupCursors cursors = log.group(group).cursors();
    CompletableFuture<Boolean> any = CompletableFuture.completedFuture(false);
    for (int partition : partitions) {
      any =
          any.thenCompose(
              isThere ->
                  isThere
                      ? CompletableFuture.completedFuture(true)
                      : cursors.read(partition).thenApply(cursor -> cursor.offset() != null));
    }
    return any;
  }

  /**
   * The smallest offset that one of the groups has not processed; empty if no group is named. A
   * group without a cursor (it has not begun, or was deleted) counts as being at the start: what it
   * may want to read must stay. Fails if any cursor cannot be read.
   */
  CompletableFuture<OptionalLong> smallestOffset(int partition, Collection<String> groups) {
    List<CompletableFuture<GroupPosition>> positions =
        groups.stream().map(name -> log.group(name).position(partition)).toList();
    return CompletableFuture.allOf(positions.toArray(CompletableFuture<?>[]::new))
        .thenCompose(
            unused -> {
              List<OptionalLong> offsets =
                  positions.stream().map(position -> position.join().offset()).toList();
              return offsets.stream().allMatch(OptionalLong::isPresent)
                  ? CompletableFuture.completedFuture(
                      offsets.stream().mapToLong(OptionalLong::getAsLong).min())
                  : log.status(partition).thenApply(head -> smallest(offsets, head.startOffset()));
            });
  }

  private static OptionalLong smallest(List<OptionalLong> offsets, long ofThoseWithout) {
    return offsets.stream().mapToLong(offset -> offset.orElse(ofThoseWithout)).min();
  }
}
