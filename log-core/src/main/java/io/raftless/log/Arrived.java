package io.raftless.log;

import io.raftless.format.ArrivingBlocks;
import io.raftless.format.DamagedException;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import io.raftless.store.BodyReader;
import io.raftless.store.WholeBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of a request for blocks side by side.
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

  /** Reads such blocks; those that are not compressed are decoded while they arrive. */
  record Reader(int partition, List<DataBlock> blocks) implements BodyReader<Arrived> {

    @Override
    public Arrived read(ByteBuffer body) {
      return new Arrived(List.of(), body, null);
    }

    @Override
    public Arrived read(InputStream body, int length) throws IOException {
      if (length != blocks.stream().mapToLong(DataBlock::length).sum()) {
        return read(WholeBody.READER.read(body, length)); // The object ends before.
      }
      List<List<LogRecord>> decoded = new ArrayList<>(blocks.size());
      try (ArrivingBlocks arriving = new ArrivingBlocks(body, length)) {
        for (DataBlock block : blocks) {
          Optional<List<LogRecord>> records = block.records(partition, arriving);
          if (records.isEmpty()) {
            return new Arrived(decoded, arriving.rest(), null);
          }
          decoded.add(records.get());
        }
        return new Arrived(decoded, null, null);
      } catch (DamagedException e) {
        body.transferTo(OutputStream.nullOutputStream()); // All of a body is to be read.
        return new Arrived(decoded, null, e);
      }
    }
  }
}
