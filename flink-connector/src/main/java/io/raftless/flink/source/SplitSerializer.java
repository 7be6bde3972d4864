package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/** Splits as bytes, in checkpoints and savepoints; a test pins each version. */
final class SplitSerializer implements SimpleVersionedSerializer<RaftlessSplit> {
  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(RaftlessSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    write(split, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public RaftlessSplit deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "a split of version "
              + version
              + " is in the checkpoint; this connector knows version "
              + VERSION
              + ": restore with the connector version that wrote it, or a later one");
    }
    return read(new DataInputDeserializer(bytes));
  }

  static void write(RaftlessSplit split, DataOutputView out) throws IOException {
    out.writeUTF(split.incarnation().toString());
    out.writeInt(split.partition());
    out.writeLong(split.startOffset());
    out.writeLong(split.stopOffset());
  }

  static RaftlessSplit read(DataInputView in) throws IOException {
    return new RaftlessSplit(
        Incarnation.parse(in.readUTF()), in.readInt(), in.readLong(), in.readLong());
  }
}
