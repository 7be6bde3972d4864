package io.raftless.log;

import io.raftless.format.ArrivingBlocks;
import io.raftless.format.DamagedException;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import io.raftless.store.BodyReader;
import io.raftless.store.WholeBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of the blocks of one partition in a request.
 *
 * @param decoded the records of the first blocks, of each of them
 * @param rest the blocks after those, not decoded; null if there are none
 * @param damage of the block after those that are decoded; null if none is known
 */
record Arrived(
    List<List<LogRecord>> decoded, @Nullable ByteBuffer rest, @Nullable DamagedException damage) {

  /** Whether nothing is left to be decoded. */
  boolean isDecoded() {
    return rest == null && damage == null;
  }

  /**
   * What is asked for of one partition.
   *
   * @param blocks side by side; at least one
   */
  record Part(int partition, List<DataBlock> blocks) {

    int length() {
      return bytesFrom(0);
    }

    private int bytesFrom(int block) {
      return blocks.stream().skip(block).mapToInt(DataBlock::length).sum();
    }

    /** Nothing that is wrong with them is wrong with what comes after them. */
    private Arrived read(ArrivingBlocks arriving) throws IOException {
      List<List<LogRecord>> decoded = new ArrayList<>(blocks.size());
      try {
        for (DataBlock block : blocks) {
          Optional<List<LogRecord>> records = block.records(partition, arriving);
          if (records.isEmpty()) {
            return new Arrived(decoded, arriving.rest(bytesFrom(decoded.size())), null);
          }
          decoded.add(records.get());
        }
        return new Arrived(decoded, null, null);
      } catch (DamagedException e) {
        arriving.skip(bytesFrom(decoded.size() + 1));
        return new Arrived(decoded, null, e);
      }
    }
  }

  /**
   * Reads blocks that lie side by side, of one partition after the other; those that are not
   * compressed are decoded while they arrive. What is kept of one partition has an array of its
   * own: it may be kept for long.
   */
  record Reader(List<Part> parts) implements BodyReader<List<Arrived>> {

    /** If the object ends before, those at the end get less or nothing. */
    @Override
    public List<Arrived> read(ByteBuffer body) {
      List<Arrived> arrived = new ArrayList<>(parts.size());
      int from = 0;
      for (Part part : parts) {
        int to = Math.min(from + part.length(), body.remaining());
        arrived.add(new Arrived(List.of(), body.slice(body.position() + from, to - from), null));
        from = to;
      }
      return arrived;
    }

    @Override
    public List<Arrived> read(InputStream body, int length) throws IOException {
      if (length != parts.stream().mapToLong(Part::length).sum()) {
        return read(WholeBody.READER.read(body, length));
      }
      List<Arrived> arrived = new ArrayList<>(parts.size());
      try (ArrivingBlocks arriving = new ArrivingBlocks(body, length)) {
        for (Part part : parts) {
          arrived.add(part.read(arriving));
        }
      }
      return arrived;
    }
  }
}
