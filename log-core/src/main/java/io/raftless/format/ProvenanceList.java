package io.raftless.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of a segment came from: the label, the record count and the canonical CRC of
 * each source batch, in order. It proves that nothing was lost, reordered or altered by compaction,
 * and it finds a label whose batch was compacted (design §5). And under which writer id and epoch
 * each was committed, as far as that is known.
 *
 * <p>The stored form, big-endian:
 *
 * <pre>
 *  0  4  magic "RLPL"
 *  4  1  format version: 2 if a source has an origin, else 1
 *  5  3  reserved, 0
 *  8 16  incarnation of the log (UUID)
 * 24  4  partition
 * 28  8  base offset of the first source
 * 36  4  number of sources, n, at least 1
 * 40 24n for each source: label (UUID), record count, CRC32C of its canonical records
 *  version 2 only:
 *     4  number of origins, m, 1 to n
 *        for each origin, in the order in which the sources need them:
 *     8  epoch
 *     2  length of the writer id in bytes, at least 1
 *        writer id (UTF-8)
 *    4n  for each source: 0 without an origin, else 1 + the place of its origin
 *  and at the end
 *     4  CRC32C of everything above
 * </pre>
 *
 * <p>Immutable. It takes 28 bytes of memory per source, with origins 32.
 */
public final class ProvenanceList {
  static final int ROW_BYTES = 24;

  private static final int MAGIC = 0x524C504C;
  private static final byte VERSION = 2;
  private static final byte WITHOUT_ORIGINS = 1;
  private static final int FIXED_BYTES = 40;
  private static final int CRC_BYTES = 4;

  /** Of one origin, without its writer id. */
  private static final int ORIGIN_BYTES = 10;

  private static final int MAX_SOURCES =
      (Integer.MAX_VALUE - FIXED_BYTES - CRC_BYTES) / (ROW_BYTES + Integer.BYTES);

  private final UUID incarnation;
  private final int partition;
  private final long baseOffset;
  private final int size;
  private final long[] labelsHigh;
  private final long[] labelsLow;
  private final long[] ends;
  private final int[] crcs;

  /** All origins, in the order in which the sources need them. */
  private final List<Origin> origins;

  /** Of each source: 0, or 1 + the place in {@code origins}. Null if there are none. */
  private final int @Nullable [] originOf;

  private ProvenanceList(Builder builder) {
    if (builder.size == 0) {
      throw new IllegalStateException("a provenance list has at least one source");
    }
    this.incarnation = builder.incarnation;
    this.partition = builder.partition;
    this.baseOffset = builder.baseOffset;
    this.size = builder.size;
    this.labelsHigh = Arrays.copyOf(builder.labelsHigh, size);
    this.labelsLow = Arrays.copyOf(builder.labelsLow, size);
    this.ends = Arrays.copyOf(builder.ends, size);
    this.crcs = Arrays.copyOf(builder.crcs, size);
    this.origins = List.copyOf(builder.origins.keySet());
    this.originOf = origins.isEmpty() ? null : Arrays.copyOf(builder.originOf, size);
  }

  /** Reads {@code size} rows from the buffer's position on; there must be as many. */
  private ProvenanceList(
      UUID incarnation,
      int partition,
      long baseOffset,
      int size,
      ByteBuffer rows,
      boolean hasOrigins) {
    this.incarnation = incarnation;
    this.partition = partition;
    this.baseOffset = baseOffset;
    this.size = size;
    this.labelsHigh = new long[size];
    this.labelsLow = new long[size];
    this.ends = new long[size];
    this.crcs = new int[size];
    long end = baseOffset;
    for (int i = 0; i < size; i++) {
      labelsHigh[i] = rows.getLong();
      labelsLow[i] = rows.getLong();
      int count = rows.getInt();
      if (count < 1 || end + count < 0) {
        throw new FormatException("source " + i + " claims " + count + " records at offset " + end);
      }
      end += count;
      ends[i] = end;
      crcs[i] = rows.getInt();
    }
    this.origins = hasOrigins ? readOrigins(rows, size) : List.of();
    this.originOf = hasOrigins ? readOriginOf(rows, size, origins.size()) : null;
  }

  private static List<Origin> readOrigins(ByteBuffer from, int sources) {
    int count = from.remaining() < Integer.BYTES ? 0 : from.getInt();
    if (count < 1 || count > sources) {
      throw new FormatException(count + " origins of " + sources + " sources");
    }
    List<Origin> origins = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long epoch = from.remaining() < ORIGIN_BYTES ? 0 : from.getLong();
      int length = epoch < 1 ? 0 : Short.toUnsignedInt(from.getShort());
      byte[] name = new byte[Math.min(length, from.remaining())];
      from.get(name);
      try {
        origins.add(new Origin(new String(name, StandardCharsets.UTF_8), epoch));
      } catch (IllegalArgumentException e) {
        throw new FormatException("origin " + i + " of " + count + ": " + e.getMessage(), e);
      }
    }
    return List.copyOf(origins);
  }

  private static int[] readOriginOf(ByteBuffer from, int sources, int origins) {
    if (from.remaining() != sources * Integer.BYTES) {
      throw new FormatException(
          from.remaining() + " bytes for the origins of " + sources + " sources");
    }
    int[] originOf = new int[sources];
    int needed = 0;
    for (int i = 0; i < sources; i++) {
      int place = from.getInt();
      if (place < 0 || place > Math.min(needed + 1, origins)) {
        throw new FormatException("source " + i + " has no origin " + place + " of " + origins);
      }
      needed = Math.max(needed, place);
      originOf[i] = place;
    }
    if (needed != origins) {
      throw new FormatException(needed + " of " + origins + " origins have sources");
    }
    return originOf;
  }

  /**
   * Starts an empty list.
   *
   * @param baseOffset of the first source
   */
  public static Builder builder(UUID incarnation, int partition, long baseOffset) {
    return new Builder(incarnation, partition, baseOffset);
  }

  /**
   * Joins lists that follow one another.
   *
   * @param lists at least one, in order of offsets
   * @throws FormatException if they are of several partitions, or do not follow one another
   */
  public static ProvenanceList concat(List<ProvenanceList> lists) {
    if (lists.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to join");
    }
    ProvenanceList first = lists.get(0);
    Builder builder = builder(first.incarnation, first.partition, first.baseOffset);
    lists.forEach(builder::addAll);
    return builder.build();
  }

  /**
   * Reads the stored form.
   *
   * @param body exactly one list, from its position to its limit
   * @throws FormatException if it is none, or damaged, or of a newer version
   */
  public static ProvenanceList decode(ByteBuffer body) {
    ByteBuffer bytes = body.slice();
    if (bytes.remaining() < FIXED_BYTES + ROW_BYTES + CRC_BYTES) {
      throw new FormatException(
          "a provenance list has more than the " + bytes.remaining() + " bytes that are here");
    }
    if (bytes.getInt() != MAGIC) {
      throw new FormatException("not a provenance list");
    }
    byte version = bytes.get();
    FormatException.requireKnown("provenance list", version, VERSION);
    boolean hasOrigins = version > WITHOUT_ORIGINS;
    int checked = bytes.limit() - CRC_BYTES;
    if (bytes.getInt(checked) != BlockLayout.crc32c(bytes.slice(0, checked))) {
      throw new FormatException("the provenance list is damaged");
    }
    bytes.position(8);
    UUID incarnation = new UUID(bytes.getLong(), bytes.getLong());
    int partition = bytes.getInt();
    long baseOffset = bytes.getLong();
    int size = bytes.getInt();
    long rowsBytes = (long) size * ROW_BYTES;
    if (partition < 0
        || baseOffset < 0
        || size < 1
        || rowsBytes > checked - FIXED_BYTES
        || (!hasOrigins && rowsBytes != checked - FIXED_BYTES)) {
      throw new FormatException(
          "the provenance list makes no sense: "
              + size
              + " sources of partition "
              + partition
              + " from offset "
              + baseOffset
              + " in "
              + (checked - FIXED_BYTES)
              + " bytes");
    }
    bytes.limit(checked);
    return new ProvenanceList(incarnation, partition, baseOffset, size, bytes, hasOrigins);
  }

  /** Reads rows alone; the caller has checked that there are {@code size} of them. */
  static ProvenanceList decodeRows(
      UUID incarnation, int partition, long baseOffset, int size, ByteBuffer rows) {
    return new ProvenanceList(incarnation, partition, baseOffset, size, rows.slice(), false);
  }

  /** The stored form. */
  public ByteBuffer encode() {
    ByteBuffer stored = encodeOrigins();
    ByteBuffer body =
        ByteBuffer.allocate(FIXED_BYTES + rowsBytes() + stored.remaining() + CRC_BYTES);
    body.putInt(MAGIC).put(originOf == null ? WITHOUT_ORIGINS : VERSION).put(new byte[3]);
    body.putLong(incarnation.getMostSignificantBits());
    body.putLong(incarnation.getLeastSignificantBits());
    body.putInt(partition).putLong(baseOffset).putInt(size);
    putRows(body);
    body.put(stored);
    body.putInt(BlockLayout.crc32c(body.slice(0, body.position())));
    return body.flip();
  }

  /** What version 2 has behind the rows; nothing without origins. */
  private ByteBuffer encodeOrigins() {
    if (originOf == null) {
      return ByteBuffer.allocate(0);
    }
    List<byte[]> names = new ArrayList<>();
    int bytes = Integer.BYTES + size * Integer.BYTES;
    for (Origin origin : origins) {
      byte[] name = origin.writerId().getBytes(StandardCharsets.UTF_8);
      names.add(name);
      bytes += ORIGIN_BYTES + name.length;
    }
    ByteBuffer stored = ByteBuffer.allocate(bytes).putInt(origins.size());
    for (int i = 0; i < origins.size(); i++) {
      byte[] name = names.get(i);
      stored.putLong(origins.get(i).epoch()).putShort((short) name.length).put(name);
    }
    for (int place : originOf) {
      stored.putInt(place);
    }
    return stored.flip();
  }

  void putRows(ByteBuffer target) {
    for (int i = 0; i < size; i++) {
      target.putLong(labelsHigh[i]).putLong(labelsLow[i]).putInt(count(i)).putInt(crcs[i]);
    }
  }

  int rowsBytes() {
    return size * ROW_BYTES;
  }

  /** The incarnation of the log. */
  public UUID incarnation() {
    return incarnation;
  }

  /** The partition. */
  public int partition() {
    return partition;
  }

  /** Source batches in the list, ≥ 1. */
  public int size() {
    return size;
  }

  /** The offset of the first record of the first source. */
  public long baseOffset() {
    return baseOffset;
  }

  /** The offset after the last record of the last source. */
  public long endOffset() {
    return ends[size - 1];
  }

  /** The label of a source. */
  public UUID label(int source) {
    return new UUID(labelsHigh[source], labelsLow[source]);
  }

  /** The offset of the first record of a source. */
  public long baseOffset(int source) {
    return source == 0 ? baseOffset : ends[source - 1];
  }

  /** The offset after the last record of a source. */
  public long endOffset(int source) {
    return ends[source];
  }

  /** Records of a source, ≥ 1. */
  public int count(int source) {
    return (int) (ends[source] - baseOffset(source));
  }

  /** CRC32C of the canonical records of a source. */
  public int crc(int source) {
    return crcs[source];
  }

  /** Under which writer id and epoch a source was committed; null if that is not known. */
  public @Nullable Origin origin(int source) {
    int place = originOf == null ? 0 : originOf[source];
    return place == 0 ? null : origins.get(place - 1);
  }

  /** Whether the batches are the same: all but their origins, which a segment does not have. */
  public boolean hasSameBatches(ProvenanceList other) {
    return incarnation.equals(other.incarnation)
        && partition == other.partition
        && baseOffset == other.baseOffset
        && Arrays.equals(labelsHigh, other.labelsHigh)
        && Arrays.equals(labelsLow, other.labelsLow)
        && Arrays.equals(ends, other.ends)
        && Arrays.equals(crcs, other.crcs);
  }

  /** The first source of this label, or −1 if there is none. */
  public int indexOf(UUID label) {
    long high = label.getMostSignificantBits();
    long low = label.getLeastSignificantBits();
    for (int i = 0; i < size; i++) {
      if (labelsHigh[i] == high && labelsLow[i] == low) {
        return i;
      }
    }
    return -1;
  }

  /** The smallest label, in the order of labels: unsigned. */
  public UUID minLabel() {
    int min = 0;
    for (int i = 1; i < size; i++) {
      min = compareLabels(i, min) < 0 ? i : min;
    }
    return label(min);
  }

  /** The largest label, in the order of labels: unsigned. */
  public UUID maxLabel() {
    int max = 0;
    for (int i = 1; i < size; i++) {
      max = compareLabels(i, max) > 0 ? i : max;
    }
    return label(max);
  }

  private int compareLabels(int one, int other) {
    int high = Long.compareUnsigned(labelsHigh[one], labelsHigh[other]);
    return high != 0 ? high : Long.compareUnsigned(labelsLow[one], labelsLow[other]);
  }

  /** A source for messages: where it is and what it is called. */
  String describe(int source) {
    return Builder.describe(source, label(source), baseOffset(source), ends[source]);
  }

  @Override
  public String toString() {
    return size
        + " sources of partition "
        + partition
        + ", ["
        + baseOffset
        + ", "
        + endOffset()
        + ")";
  }

  /** Collects sources in order. Not thread-safe. */
  public static final class Builder {
    private static final int FIRST_CAPACITY = 64;

    private final UUID incarnation;
    private final int partition;
    private final long baseOffset;
    private int size;
    private long endOffset;
    private long[] labelsHigh = new long[FIRST_CAPACITY];
    private long[] labelsLow = new long[FIRST_CAPACITY];
    private long[] ends = new long[FIRST_CAPACITY];
    private int[] crcs = new int[FIRST_CAPACITY];
    private int[] originOf = new int[FIRST_CAPACITY];

    /** What sources need → 1 + its place, in the order in which they came to need it. */
    private final Map<Origin, Integer> origins = new LinkedHashMap<>();

    private Builder(UUID incarnation, int partition, long baseOffset) {
      if (partition < 0 || baseOffset < 0) {
        throw new IllegalArgumentException(
            "no sources of partition " + partition + " from offset " + baseOffset);
      }
      this.incarnation = incarnation;
      this.partition = partition;
      this.baseOffset = baseOffset;
      this.endOffset = baseOffset;
    }

    /** Adds a source of unknown origin at the end. */
    public Builder add(UUID label, int count, int crc) {
      return add(label, count, crc, null);
    }

    /**
     * Adds a source at the end.
     *
     * @param count records, ≥ 1
     * @param crc CRC32C of its canonical records
     * @param origin under which writer id and epoch it was committed; null if that is not known
     */
    public Builder add(UUID label, int count, int crc, @Nullable Origin origin) {
      if (count < 1 || endOffset + count < 0) {
        throw new IllegalArgumentException(
            "source " + label + " has " + count + " records from offset " + endOffset);
      }
      reserve(1);
      labelsHigh[size] = label.getMostSignificantBits();
      labelsLow[size] = label.getLeastSignificantBits();
      endOffset += count;
      ends[size] = endOffset;
      crcs[size] = crc;
      originOf[size] = place(origin);
      size++;
      return this;
    }

    /**
     * Adds all sources of a list at the end.
     *
     * @throws FormatException if the list is of another partition, or begins elsewhere than this
     *     one ends
     */
    public Builder addAll(ProvenanceList list) {
      if (!list.incarnation.equals(incarnation)
          || list.partition != partition
          || list.baseOffset != endOffset) {
        throw new FormatException(
            "sources of "
                + incarnation
                + "/"
                + partition
                + " up to offset "
                + endOffset
                + " are followed by those of "
                + list.incarnation
                + "/"
                + list.partition
                + " from "
                + list.baseOffset);
      }
      reserve(list.size);
      System.arraycopy(list.labelsHigh, 0, labelsHigh, size, list.size);
      System.arraycopy(list.labelsLow, 0, labelsLow, size, list.size);
      System.arraycopy(list.ends, 0, ends, size, list.size);
      System.arraycopy(list.crcs, 0, crcs, size, list.size);
      for (int i = 0; i < list.size; i++) {
        originOf[size + i] = place(list.origin(i));
      }
      size += list.size;
      endOffset = list.endOffset();
      return this;
    }

    private int place(@Nullable Origin origin) {
      return origin == null ? 0 : origins.computeIfAbsent(origin, any -> origins.size() + 1);
    }

    /** Sources added so far. */
    public int size() {
      return size;
    }

    /** The offset after the last source that was added. */
    public long endOffset() {
      return endOffset;
    }

    /**
     * The list. The builder may be used on.
     *
     * @throws IllegalStateException if nothing was added
     */
    public ProvenanceList build() {
      return new ProvenanceList(this);
    }

    private void reserve(int more) {
      long needed = (long) size + more;
      if (needed > MAX_SOURCES) {
        throw new FormatException(
            needed + " sources are too many for one provenance list: at most " + MAX_SOURCES);
      }
      if (needed > ends.length) {
        int capacity = (int) Math.max(needed, Math.min(2L * ends.length, MAX_SOURCES));
        labelsHigh = Arrays.copyOf(labelsHigh, capacity);
        labelsLow = Arrays.copyOf(labelsLow, capacity);
        ends = Arrays.copyOf(ends, capacity);
        crcs = Arrays.copyOf(crcs, capacity);
        originOf = Arrays.copyOf(originOf, capacity);
      }
    }

    static String describe(int source, UUID label, long baseOffset, long endOffset) {
      return "source "
          + source
          + " ("
          + label
          + ", offsets "
          + baseOffset
          + " to "
          + (endOffset - 1)
          + ")";
    }
  }
}
