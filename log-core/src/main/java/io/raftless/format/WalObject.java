package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;

/**
 * A WAL object: batch blocks behind a directory that says what they are, so that an object explains
 * itself without any index. Version 1 is what a writer uploads: at most one batch of each of
 * several partitions, whose label is that of the object. Version 2 is what was written out of a
 * head: batches of one partition, each with a label of its own.
 *
 * <pre>
 *  0  4  magic "RLWO"
 *  4  1  format version, 1 or 2
 *  5  3  reserved, 0
 *  8 16  incarnation of the log (UUID)
 * 24 16  label of the object (UUID)
 * 40  4  number of blocks, n
 * 44 12n version 1: partition, position of the block in the object, length of the block
 * 44 28n version 2: partition, label of the batch (UUID), position, length
 *     4  CRC32C of everything above
 *        the blocks
 * </pre>
 *
 * @param incarnation of the log
 * @param label of the object
 * @param blocks in the order in which they lie there
 */
public record WalObject(UUID incarnation, UUID label, List<Block> blocks) {
  private static final int MAGIC = 0x524C574F;
  private static final byte UPLOADED = 1;
  private static final byte WRITTEN_OUT = 2;
  private static final int FIXED_BYTES = 44;
  private static final int CRC_BYTES = 4;
  private static final int UUID_BYTES = 16;

  public WalObject {
    blocks = List.copyOf(blocks);
  }

  /**
   * A block's place.
   *
   * @param partition that it is of
   * @param batch the label of the batch
   * @param position in the object, in bytes
   * @param length in bytes
   */
  public record Block(int partition, UUID batch, int position, int length) {}

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
   * A batch that was in a head.
   *
   * @param label of the batch
   * @param block all of it, position to limit
   */
  public record Batch(UUID label, ByteBuffer block) {}

  /** The block of a batch, if it is here. */
  public Optional<Block> block(int partition, UUID batch) {
    return blocks.stream()
        .filter(block -> block.partition() == partition && block.batch().equals(batch))
        .findFirst();
  }

  /**
   * Puts batches of several partitions into one object.
   *
   * @param batches by partition; at least one
   * @throws FormatException if the object would be larger than 2 GiB
   */
  public static Assembled assemble(
      UUID incarnation, UUID label, SortedMap<Integer, EncodedBatch> batches) {
    List<Block> blocks = new ArrayList<>();
    List<ByteBuffer> bodies = new ArrayList<>();
    long end = firstPosition(UPLOADED, batches.size());
    for (var batch : batches.entrySet()) {
      EncodedBatch encoded = batch.getValue();
      blocks.add(new Block(batch.getKey(), label, (int) end, encoded.length()));
      bodies.addAll(encoded.parts());
      end = requireSmall(end + encoded.length());
    }
    return assemble(UPLOADED, new WalObject(incarnation, label, blocks), bodies);
  }

  /**
   * Puts batches of one partition, which were in its head, into one object.
   *
   * @param batches in order; at least one
   * @throws FormatException if the object would be larger than 2 GiB
   */
  public static Assembled assemble(
      UUID incarnation, UUID label, int partition, List<Batch> batches) {
    List<Block> blocks = new ArrayList<>();
    List<ByteBuffer> bodies = new ArrayList<>();
    long end = firstPosition(WRITTEN_OUT, batches.size());
    for (Batch batch : batches) {
      ByteBuffer body = batch.block();
      blocks.add(new Block(partition, batch.label(), (int) end, body.remaining()));
      bodies.add(body);
      end = requireSmall(end + body.remaining());
    }
    return assemble(WRITTEN_OUT, new WalObject(incarnation, label, blocks), bodies);
  }

  /** Where the first block lies in an object that so many batches were written out to. */
  public static long firstWrittenOut(int batches) {
    return firstPosition(WRITTEN_OUT, batches);
  }

  private static long firstPosition(byte version, int blocks) {
    return FIXED_BYTES + (long) directoryEntryBytes(version) * blocks + CRC_BYTES;
  }

  private static int directoryEntryBytes(byte version) {
    return version == UPLOADED ? 12 : 12 + UUID_BYTES;
  }

  private static long requireSmall(long end) {
    if (end > Integer.MAX_VALUE) {
      throw new FormatException("a WAL object of more than 2 GiB: use smaller objects");
    }
    return end;
  }

  private static Assembled assemble(byte version, WalObject object, List<ByteBuffer> bodies) {
    if (bodies.isEmpty()) {
      throw new IllegalArgumentException("a WAL object holds at least one batch");
    }
    ByteBuffer body = ByteBuffer.allocate((int) firstPosition(version, object.blocks.size()));
    body.putInt(MAGIC).put(version).put(new byte[3]);
    putUuid(body, object.incarnation);
    putUuid(body, object.label);
    body.putInt(object.blocks.size());
    for (Block block : object.blocks) {
      body.putInt(block.partition());
      if (version == WRITTEN_OUT) {
        putUuid(body, block.batch());
      }
      body.putInt(block.position()).putInt(block.length());
    }
    body.putInt(BlockLayout.crc32c(body.slice(0, body.position())));
    List<ByteBuffer> parts = new ArrayList<>();
    parts.add(body.flip());
    parts.addAll(bodies);
    return new Assembled(parts, object);
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
    FormatException.requireKnown("WAL object", version, WRITTEN_OUT);
    bytes.position(8);
    UUID incarnation = uuid(bytes);
    UUID label = uuid(bytes);
    int count = bytes.getInt();
    int entryBytes = directoryEntryBytes(version);
    if (count < 1 || (long) count * entryBytes + CRC_BYTES > bytes.remaining()) {
      throw new FormatException("the WAL object claims to have " + count + " blocks");
    }
    int directory = bytes.position();
    bytes.position(directory + count * entryBytes);
    if (bytes.getInt() != BlockLayout.crc32c(bytes.slice(0, bytes.position() - CRC_BYTES))) {
      throw new FormatException("the directory of the WAL object is damaged");
    }
    long end = bytes.position();
    bytes.position(directory);
    List<Block> blocks = new ArrayList<>();
    Set<UUID> batches = new HashSet<>();
    for (int i = 0; i < count; i++) {
      int partition = bytes.getInt();
      UUID batch = version == UPLOADED ? label : uuid(bytes);
      Block block = new Block(partition, batch, bytes.getInt(), bytes.getInt());
      // Invariant: the blocks follow one another without gap or overlap, and no batch is there
      // twice. Of what was uploaded partitions ascend; what was written out is of one.
      boolean isInOrder =
          partition >= 0
              && (blocks.isEmpty() || isInOrder(version, blocks.get(i - 1), block))
              && (version == UPLOADED || batches.add(batch));
      if (!isInOrder
          || block.position() != end
          || block.length() < BlockLayout.HEADER_BYTES
          || end + block.length() > Integer.MAX_VALUE) {
        throw new FormatException("the WAL object claims to have, as number " + i + ", " + block);
      }
      blocks.add(block);
      end += block.length();
    }
    return new WalObject(incarnation, label, blocks);
  }

  private static boolean isInOrder(byte version, Block before, Block block) {
    return version == UPLOADED
        ? block.partition() > before.partition()
        : block.partition() == before.partition();
  }

  private static void putUuid(ByteBuffer target, UUID uuid) {
    target.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer bytes) {
    return new UUID(bytes.getLong(), bytes.getLong());
  }
}
