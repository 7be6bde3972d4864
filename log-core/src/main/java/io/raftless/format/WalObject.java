package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A WAL object: batch blocks of one or several partitions behind a directory that says what they
 * are, so that an object explains itself without any index. At most one batch per partition.
 *
 * <pre>
 *  0  4  magic "RLWO"
 *  4  1  format version, 1
 *  5  3  reserved, 0
 *  8 16  incarnation of the log (UUID)
 * 24 16  label of the object (UUID)
 * 40  4  number of blocks, n
 * 44 12n partition, position of the block in the object, length of the block
 *     4  CRC32C of everything above
 *        the blocks
 * </pre>
 *
 * @param incarnation of the log
 * @param label of the object
 * @param blocks where each partition's block lies
 */
public record WalObject(UUID incarnation, UUID label, SortedMap<Integer, Range> blocks) {
  private static final int MAGIC = 0x524C574F;
  private static final byte VERSION = 1;
  private static final int FIXED_BYTES = 44;
  private static final int DIRECTORY_ENTRY_BYTES = 12;
  private static final int CRC_BYTES = 4;

  /**
   * A block's place.
   *
   * @param position in the object, in bytes
   * @param length in bytes
   */
  public record Range(int position, int length) {}

  /**
   * An object that is ready for upload.
   *
   * @param parts the bytes, in parts that follow one another; those of the batches among them
   * @param directory what is where in it
   */
  public record Assembled(List<ByteBuffer> parts, WalObject directory) {
    public Assembled {
      parts = List.copyOf(parts);
    }

    /** The bytes, as a whole; copied. */
    public ByteBuffer body() {
      return EncodedBatch.joined(parts);
    }
  }

  /**
   * Puts blocks into one object.
   *
   * @param batches by partition; at least one
   * @throws FormatException if the object would be larger than 2 GiB
   */
  public static Assembled assemble(
      UUID incarnation, UUID label, SortedMap<Integer, EncodedBatch> batches) {
    if (batches.isEmpty()) {
      throw new IllegalArgumentException("a WAL object holds at least one batch");
    }
    int headerBytes = FIXED_BYTES + DIRECTORY_ENTRY_BYTES * batches.size() + CRC_BYTES;
    Map<Integer, Range> ranges = new LinkedHashMap<>();
    long end = headerBytes;
    for (var entry : batches.entrySet()) {
      int length = entry.getValue().length();
      ranges.put(entry.getKey(), new Range((int) end, length));
      end += length;
      if (end > Integer.MAX_VALUE) {
        throw new FormatException("a WAL object of more than 2 GiB: use smaller objects");
      }
    }
    ByteBuffer body = ByteBuffer.allocate(headerBytes);
    body.putInt(MAGIC).put(VERSION).put(new byte[3]);
    putUuid(body, incarnation);
    putUuid(body, label);
    body.putInt(batches.size());
    ranges.forEach(
        (partition, range) ->
            body.putInt(partition).putInt(range.position()).putInt(range.length()));
    body.putInt(BlockLayout.crc32c(body.slice(0, body.position())));
    List<ByteBuffer> parts = new ArrayList<>();
    parts.add(body.flip());
    batches.values().forEach(batch -> parts.addAll(batch.parts()));
    return new Assembled(parts, new WalObject(incarnation, label, new TreeMap<>(ranges)));
  }

  /**
   * Reads the directory of an object.
   *
   * @param body the object, or enough of its beginning
   * @throws FormatException if it is no WAL object, or damaged
   */
  public static WalObject parse(ByteBuffer body) {
    ByteBuffer bytes = body.slice();
    if (bytes.remaining() < FIXED_BYTES + CRC_BYTES) {
      throw new FormatException("a WAL object has more than " + bytes.remaining() + " bytes");
    }
    if (bytes.getInt() != MAGIC) {
      throw new FormatException("not a WAL object");
    }
    byte version = bytes.get();
    FormatException.requireKnown("WAL object", version, VERSION);
    bytes.position(8);
    UUID incarnation = new UUID(bytes.getLong(), bytes.getLong());
    UUID label = new UUID(bytes.getLong(), bytes.getLong());
    int count = bytes.getInt();
    if (count < 1 || (long) count * DIRECTORY_ENTRY_BYTES + CRC_BYTES > bytes.remaining()) {
      throw new FormatException("the WAL object claims to have " + count + " blocks");
    }
    SortedMap<Integer, Range> blocks = new TreeMap<>();
    int directory = bytes.position();
    bytes.position(directory + count * DIRECTORY_ENTRY_BYTES);
    if (bytes.getInt() != BlockLayout.crc32c(bytes.slice(0, bytes.position() - CRC_BYTES))) {
      throw new FormatException("the directory of the WAL object is damaged");
    }
    long end = bytes.position();
    int previous = -1;
    bytes.position(directory);
    for (int i = 0; i < count; i++) {
      int partition = bytes.getInt();
      Range range = new Range(bytes.getInt(), bytes.getInt());
      // Invariant: partitions ascend, and the blocks follow one another without gap or overlap.
      if (partition <= previous
          || range.position() != end
          || range.length() < BlockLayout.HEADER_BYTES
          || end + range.length() > Integer.MAX_VALUE) {
        throw new FormatException(
            "the WAL object claims a block of partition " + partition + " at " + range);
      }
      blocks.put(partition, range);
      previous = partition;
      end += range.length();
    }
    return new WalObject(incarnation, label, blocks);
  }

  private static void putUuid(ByteBuffer target, UUID uuid) {
    target.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }
}
