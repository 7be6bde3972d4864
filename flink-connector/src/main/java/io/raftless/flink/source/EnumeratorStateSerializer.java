package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** The enumerator's state as bytes, in checkpoints and savepoints; a test pins each version. */
final class EnumeratorStateSerializer implements SimpleVersionedSerializer<EnumeratorState> {
  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(EnumeratorState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(256);
    @Nullable Incarnation incarnation = state.incarnation();
    out.writeBoolean(incarnation != null);
    if (incarnation != null) {
      out.writeUTF(incarnation.toString());
    }
    out.writeInt(state.discoveredPartitions());
    out.writeInt(state.unassigned().size());
    for (RaftlessSplit split : state.unassigned()) {
      SplitSerializer.write(split, out);
    }
    return out.getCopyOfBuffer();
  }

  @Override
  public EnumeratorState deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "an enumerator state of version "
              + version
              + " is in the checkpoint; this connector knows version "
              + VERSION
              + ": restore with the connector version that wrote it, or a later one");
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    @Nullable Incarnation incarnation = in.readBoolean() ? Incarnation.parse(in.readUTF()) : null;
    int discoveredPartitions = in.readInt();
    int count = in.readInt();
    List<RaftlessSplit> unassigned = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      unassigned.add(SplitSerializer.read(in));
    }
    return new EnumeratorState(incarnation, discoveredPartitions, unassigned);
  }
}
