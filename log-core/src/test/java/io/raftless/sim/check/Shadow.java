package io.raftless.sim.check;

import io.raftless.format.BatchBlock;
import io.raftless.format.FormatException;
import io.raftless.format.LogRecord;
import io.raftless.format.ProvenanceList;
import io.raftless.format.WalObject;
import io.raftless.id.Label;
import io.raftless.sim.check.StoredObject.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the store holds, and what it held: kept up to date write by write. Objects that never change
 * are read once.
 */
final class Shadow {

  /** A partition of one incarnation. */
  record Place(String incarnation, int partition) {}

  private final String root;
  private final Function<String, Optional<ByteBuffer>> store;
  private final Set<String> existing = new HashSet<>();
  private final Map<Place, PartitionImage> partitions = new HashMap<>();
  private final Map<Place, PartitionHistory> histories = new HashMap<>();
  private final Map<Integer, AskedAppends> asked = new HashMap<>();
  private final Map<Label, List<Item>> nodes = new HashMap<>();
  private final Map<Label, List<Batch>> lists = new HashMap<>();
  private @Nullable LogImage log;

  /**
   * Nothing yet.
   *
   * @param root of the log, ending in a slash
   * @param store the object of a key, as it is now
   */
  Shadow(String root, Function<String, Optional<ByteBuffer>> store) {
    this.root = root;
    this.store = store;
  }

  String root() {
    return root;
  }

  void written(String key) {
    existing.add(key);
  }

  void deleted(String key) {
    existing.remove(key);
  }

  boolean exists(String key) {
    return existing.contains(key);
  }

  String key(Place place, PartitionImage.Reference reference) {
    return StoredObject.key(
        root, place.incarnation(), place.partition(), reference.kind(), reference.label());
  }

  Optional<ByteBuffer> body(Place place, Kind kind, Label label) {
    return store.apply(StoredObject.key(root, place.incarnation(), place.partition(), kind, label));
  }

  /** The descriptor; null before there is one. */
  @Nullable LogImage log() {
    return log;
  }

  void describe(LogImage now) {
    log = now;
  }

  Map<Place, PartitionImage> partitions() {
    return partitions;
  }

  /** A partition of the incarnation that there is; null if it has no head. */
  @Nullable PartitionImage partition(int partition) {
    return log == null ? null : partitions.get(new Place(log.incarnation(), partition));
  }

  PartitionHistory history(Place place) {
    return histories.computeIfAbsent(place, any -> new PartitionHistory(place.partition()));
  }

  /** Of the incarnation that there is. */
  PartitionHistory history(int partition) {
    return history(new Place(log == null ? "" : log.incarnation(), partition));
  }

  AskedAppends asked(int partition) {
    return asked.computeIfAbsent(partition, any -> new AskedAppends());
  }

  // ---- reading heads

  /** Reads the index below a head. */
  PartitionImage image(HeadImage head) {
    return new Walk(head).image();
  }

  private final class Walk {
    private final HeadImage head;
    private final Place place;
    private final List<Item> nodeItems = new ArrayList<>();
    private final List<PartitionImage.Range> ranges = new ArrayList<>();
    private final List<Item> segments = new ArrayList<>();
    private final List<Item> entries = new ArrayList<>();
    private final List<Batch> batches = new ArrayList<>();
    private final Set<PartitionImage.Reference> needed = new LinkedHashSet<>();
    private final List<String> unreadable = new ArrayList<>();

    Walk(HeadImage head) {
      this.head = head;
      this.place = new Place(head.incarnation(), head.partition());
    }

    PartitionImage image() {
      // Nobody reads a deleted log, and vacuum takes what it had.
      if (!head.isDeleted()) {
        head.segments().forEach(this::visit);
        head.wal().forEach(this::visit);
      }
      return new PartitionImage(
          head, nodeItems, ranges, segments, entries, batches, needed, unreadable);
    }

    private void visit(Item item) {
      switch (item.kind()) {
        case NODE -> node(item);
        case SEGMENT -> segment(item);
        case BATCH -> {
          entries.add(item);
          batches.add(new Batch(item.requireLabel(), item.base(), (int) item.count(), item.crc()));
          if (item.object() != null && item.end() > head.startOffset()) {
            needed.add(new PartitionImage.Reference(Kind.WAL, item.object()));
          }
        }
      }
    }

    private void node(Item item) {
      nodeItems.add(item);
      needed.add(new PartitionImage.Reference(Kind.NODE, item.requireLabel()));
      List<Item> below =
          read(nodes, item.requireLabel(), body -> Item.ofNode(HeadImage.json(body)));
      if (below != null) {
        ranges.add(
            new PartitionImage.Range(item, below.get(0).base(), below.get(below.size() - 1).end()));
        below.forEach(this::visit);
      }
    }

    private void segment(Item item) {
      segments.add(item);
      needed.add(new PartitionImage.Reference(Kind.NODE, item.requireProvenance()));
      if (item.label() != null && item.end() > head.startOffset()) {
        needed.add(new PartitionImage.Reference(Kind.SEGMENT, item.label()));
      }
      List<Batch> sources = read(lists, item.requireProvenance(), Shadow::sources);
      if (sources != null) {
        ranges.add(
            new PartitionImage.Range(
                item, sources.get(0).base(), sources.get(sources.size() - 1).end()));
        batches.addAll(sources);
      }
    }

    private <T> @Nullable T read(Map<Label, T> known, Label label, Function<ByteBuffer, T> decode) {
      T there = known.get(label);
      if (there != null) {
        return there;
      }
      Optional<ByteBuffer> body = body(place, Kind.NODE, label);
      if (body.isEmpty()) {
        unreadable.add(
            key(place, new PartitionImage.Reference(Kind.NODE, label)) + " does not exist");
        return null;
      }
      T read = decode.apply(body.get());
      known.put(label, read);
      return read;
    }
  }

  private static List<Batch> sources(ByteBuffer body) {
    ProvenanceList list = ProvenanceList.decode(body);
    List<Batch> sources = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      sources.add(
          new Batch(
              new Label(list.label(i)),
              list.baseOffset(i),
              list.count(i),
              Integer.toUnsignedLong(list.crc(i))));
    }
    return sources;
  }

  /** What became part of the log with this head. */
  List<Committed> added(PartitionImage after, String by) {
    HeadImage head = after.head();
    Place place = new Place(head.incarnation(), head.partition());
    long end = history(place).end();
    List<Committed> added = new ArrayList<>();
    for (int i = after.batches().size() - 1; i >= 0 && after.batches().get(i).base() >= end; i--) {
      added.add(0, committed(place, head, after.batches().get(i), after.entries(), by));
    }
    return added;
  }

  private Committed committed(
      Place place, HeadImage head, Batch batch, List<Item> entries, String by) {
    Item item = null;
    for (Item entry : entries) {
      if (entry.base() == batch.base()) {
        item = entry;
      }
    }
    String trouble = null;
    List<String> texts = List.of();
    try {
      if (item == null) {
        throw new FormatException("a segment has it and the WAL's index never had");
      }
      texts = texts(place, batch, item);
    } catch (FormatException e) {
      trouble = String.valueOf(e.getMessage());
    }
    if (item == null) {
      item =
          new Item(
              Item.Kind.BATCH,
              batch.end(),
              batch.count(),
              batch.label(),
              null,
              0,
              0,
              0,
              batch.crc(),
              null);
    }
    return new Committed(
        batch,
        item,
        trouble,
        texts,
        asked(place.partition()).parts(batch.base(), texts),
        head.version(),
        by);
  }

  /** The records of a batch, from the head or the object that it is in. */
  private List<String> texts(Place place, Batch batch, Item item) {
    ByteBuffer bytes =
        item.block() != null
            ? ByteBuffer.wrap(Base64.getDecoder().decode(item.block()))
            : inObject(place, batch, item);
    BatchBlock block = BatchBlock.parse(bytes);
    if (block.count() != batch.count() || Integer.toUnsignedLong(block.crc()) != batch.crc()) {
      throw new FormatException(
          "its WAL object has "
              + block.count()
              + " records with crc "
              + Integer.toHexString(block.crc()));
    }
    return texts(block.records());
  }

  private ByteBuffer inObject(Place place, Batch batch, Item item) {
    Label label = Objects.requireNonNull(item.object());
    ByteBuffer body =
        body(place, Kind.WAL, label)
            .orElseThrow(() -> new FormatException("its WAL object does not exist"));
    WalObject object = WalObject.parse(body);
    WalObject.Block range = object.block(place.partition(), batch.label().value()).orElse(null);
    if (range == null
        || range.position() != item.position()
        || range.length() != item.length()
        || !object.label().equals(label.value())) {
      throw new FormatException(
          "it is said to be at "
              + item.position()
              + ", "
              + item.length()
              + " bytes, but "
              + object);
    }
    return body.slice(range.position(), range.length());
  }

  static List<String> texts(List<LogRecord> records) {
    List<String> texts = new ArrayList<>(records.size());
    for (LogRecord record : records) {
      byte[] value = record.value();
      texts.add(value == null ? "" : new String(value, StandardCharsets.UTF_8));
    }
    return texts;
  }

  /** A head that was found to be right. */
  void accept(PartitionImage after, List<Committed> added) {
    HeadImage head = after.head();
    Place place = new Place(head.incarnation(), head.partition());
    PartitionHistory history = history(place);
    added.forEach(history::add);
    partitions.put(place, after);
  }
}
