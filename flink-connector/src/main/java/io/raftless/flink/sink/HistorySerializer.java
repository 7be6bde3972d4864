package io.raftless.flink.sink;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.id.Incarnation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Histories as JSON: the state of writers in checkpoints and savepoints. A test pins it. */
final class HistorySerializer implements SimpleVersionedSerializer<History> {
  private static final int VERSION = 1;

  /** The stored form. */
  record Stored(int format, Incarnation incarnation, List<History.Ancestor> ancestors) {}

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(History history) {
    ByteBuffer encoded =
        Json.encode(new Stored(VERSION, history.incarnation(), history.ancestors()));
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return bytes;
  }

  @Override
  public History deserialize(int version, byte[] bytes) throws IOException {
    try {
      Stored stored =
          Json.decode(ByteBuffer.wrap(bytes), Stored.class, "history of a sink", VERSION);
      return new History(stored.incarnation(), stored.ancestors());
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(
          "the sink's state in the checkpoint (version "
              + version
              + ") cannot be read: restore with the connector version that wrote it, or a later"
              + " one",
          e);
    }
  }
}
