package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Json;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for every object of a log, by its own reading of heads and nodes: what is referred to
 * exists, and what exists is referred to, or young, or none of vacuum's business.
 */
final class Accounting {
  private final ObjectStore store;
  private final String root;
  private final LogKeys keys;

  /** Everything that the heads need. */
  private final Set<String> needed = new TreeSet<>();

  Accounting(ObjectStore store, LogId id) {
    this.store = store;
    this.root = id.root();
    LogDescriptor log =
        Json.decode(
            body(LogKeys.descriptor(root)), LogDescriptor.class, "log.json", LogDescriptor.FORMAT);
    keys = new LogKeys(root, log.incarnation());
    needed.add(LogKeys.descriptor(root));
    for (int partition = 0; partition < log.partitions(); partition++) {
      if (store.get(keys.head(partition)).join() instanceof GetOutcome.Found found) {
        needed.add(keys.head(partition));
        walk(keys, Json.decode(found.body(), Head.class, "head", Head.FORMAT));
      }
    }
  }

  private void walk(LogKeys keys, Head head) {
    walk(keys, head, head.segments());
    walk(keys, head, head.wal());
  }

  private void walk(LogKeys keys, Head head, SpineIndex<?> spine) {
    spine.items().forEach(item -> walk(keys, head, item));
  }

  private void walk(LogKeys keys, Head head, Item item) {
    int partition = head.partition();
    boolean isReadable = item.endOffset() > head.startOffset();
    if (item instanceof NodeRef ref) {
      String key = keys.node(partition, ref.node());
      needed.add(key);
      Json.decode(body(key), IndexNode.class, "index node", IndexNode.FORMAT)
          .items()
          .forEach(below -> walk(keys, head, below));
    } else if (item instanceof Entry entry) {
      Label object = entry.dataObject();
      if (object != null && isReadable) {
        needed.add(keys.wal(object));
      }
    } else if (item instanceof Segment segment) {
      needed.add(keys.provenance(partition, segment.provenance()));
      Label label = segment.label();
      if (label != null && isReadable) {
        needed.add(keys.segment(partition, label));
      }
    }
  }

  private ByteBuffer body(String key) {
    assertThat(store.get(key).join()).as(key).isInstanceOf(GetOutcome.Found.class);
    return ((GetOutcome.Found) store.get(key).join()).body();
  }

  /** Consumer groups have cursors on so many partitions, which are needed, too. */
  Accounting withCursors(List<String> groups, int partitions) {
    for (String group : groups) {
      for (int partition = 0; partition < partitions; partition++) {
        needed.add(keys.cursor(group, partition));
      }
    }
    return this;
  }

  /** The largest label in the bucket. */
  Label newest() {
    return keys(store, keys.root()).stream()
        .filter(key -> List.of("wal", "segment", "node").contains(kind(key)))
        .map(key -> Label.parse(key.substring(key.lastIndexOf('/') + 1)))
        .max(Label::compareTo)
        .orElse(Label.ZERO);
  }

  /** Whatever is there is needed, whatever its age. */
  void nothingElseIsThere() {
    assertThat(keys(store, root)).containsExactlyInAnyOrderElementsOf(needed);
  }

  /**
   * Objects and their bytes.
   *
   * @param objects how many
   * @param bytes together
   */
  record Tally(long objects, long bytes) {
    private Tally plus(long more) {
      return new Tally(objects + 1, bytes + more);
    }
  }

  /** Every byte of the bucket: by what it is, and whether it is needed. */
  SortedMap<String, Tally> tallies() {
    SortedMap<String, Tally> tallies = new TreeMap<>();
    for (ListPage.ListedObject object : objects(store, "")) {
      String key = object.key();
      String what = (needed.contains(key) ? "needed: " : "garbage: ") + kind(key);
      Tally known = tallies.getOrDefault(what, new Tally(0, 0));
      tallies.put(what, known.plus(object.size()));
    }
    return tallies;
  }

  private static String kind(String key) {
    for (String kind : List.of("wal", "segment", "node", "cursors")) {
      if (key.contains("/" + kind + "/")) {
        return kind;
      }
    }
    return key.substring(key.lastIndexOf('/') + 1);
  }

  /** What the heads refer to is there. */
  Accounting everythingNeededExists() {
    assertThat(keys(store, root)).containsAll(needed);
    return this;
  }

  /** Whatever else is there, cursors and heads apart, has a label at or above the bound. */
  void nothingElseIsOlderThan(Label bound) {
    for (String key : keys(store, root)) {
      boolean isForEver = key.endsWith("/head") || key.contains("/cursors/");
      if (!needed.contains(key) && !isForEver) {
        Label label = Label.parse(key.substring(key.lastIndexOf('/') + 1));
        assertThat(label).as(key).isGreaterThanOrEqualTo(bound);
      }
    }
  }

  /** Every key below a prefix. */
  static List<String> keys(ObjectStore store, String prefix) {
    return objects(store, prefix).stream().map(ListPage.ListedObject::key).toList();
  }

  private static List<ListPage.ListedObject> objects(ObjectStore store, String prefix) {
    List<ListPage.ListedObject> objects = new ArrayList<>();
    @Nullable String continuation = null;
    do {
      ListPage page = store.list(prefix, continuation).join();
      objects.addAll(page.objects());
      continuation = page.continuation();
    } while (continuation != null);
    return objects;
  }
}
