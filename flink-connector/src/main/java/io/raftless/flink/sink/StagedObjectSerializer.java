package io.raftless.flink.sink;

import io.raftless.format.FormatException;
import io.raftless.log.StagedBatchCodec;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Staged objects as bytes, in checkpoints and savepoints; a test pins each version. */
final class StagedObjectSerializer implements SimpleVersionedSerializer<StagedObject> {
  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(StagedObject object) throws IOException {
    byte[] batches = StagedBatchCodec.encode(object.batches());
    DataOutputSerializer out = new DataOutputSerializer(64 + batches.length);
    out.writeUTF(object.submissionId());
    out.writeInt(object.subtask());
    out.writeLong(object.sequence());
    out.writeInt(batches.length);
    out.write(batches);
    return out.getCopyOfBuffer();
  }

  @Override
  public StagedObject deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "a staged object of version "
              + version
              + " is in the checkpoint; this connector knows version "
              + VERSION
              + ": restore with the connector version that wrote it, or a later one");
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    String submissionId = in.readUTF();
    int subtask = in.readInt();
    long sequence = in.readLong();
    byte[] batches = new byte[in.readInt()];
    in.readFully(batches);
    try {
      return new StagedObject(submissionId, subtask, sequence, StagedBatchCodec.decode(batches));
    } catch (FormatException e) {
      throw new IOException("a staged object in the checkpoint cannot be read", e);
    }
  }
}
