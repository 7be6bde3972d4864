package io.raftless.flink.sink;

import io.raftless.format.FormatException;
import io.raftless.log.StagedBatch;
import io.raftless.log.StagedBatchCodec;
import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** Staged objects as bytes, in checkpoints and savepoints; a test pins each version. */
final class StagedObjectSerializer implements SimpleVersionedSerializer<StagedObject> {
  private static final int VERSION_WITHOUT_CHECKPOINT = 1;
  private static final int VERSION = 2;

  private static final HistorySerializer HISTORIES = new HistorySerializer();

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(StagedObject object) throws IOException {
    byte[] batches = StagedBatchCodec.encode(object.batches());
    History history = object.history();
    DataOutputSerializer out = new DataOutputSerializer(128 + batches.length);
    out.writeUTF(object.submissionId());
    out.writeInt(object.subtask());
    out.writeLong(object.sequence());
    writeBytes(out, batches);
    out.writeLong(object.checkpointId());
    out.writeInt(object.repeatableOver());
    writeBytes(out, history == null ? new byte[0] : HISTORIES.serialize(history));
    return out.getCopyOfBuffer();
  }

  @Override
  public StagedObject deserialize(int version, byte[] bytes) throws IOException {
    if (version < VERSION_WITHOUT_CHECKPOINT || version > VERSION) {
      throw new IOException(
          "a staged object of version "
              + version
              + " is in the checkpoint; this connector knows versions up to "
              + VERSION
              + ": restore with the connector version that wrote it, or a later one");
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    String submissionId = in.readUTF();
    int subtask = in.readInt();
    long sequence = in.readLong();
    try {
      List<StagedBatch> batches = StagedBatchCodec.decode(readBytes(in));
      if (version == VERSION_WITHOUT_CHECKPOINT) {
        return new StagedObject(submissionId, subtask, sequence, batches);
      }
      return new StagedObject(
          submissionId, subtask, sequence, batches, in.readLong(), in.readInt(), history(in));
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException("a staged object in the checkpoint cannot be read", e);
    }
  }

  private static @Nullable History history(DataInputDeserializer in) throws IOException {
    byte[] bytes = readBytes(in);
    return bytes.length == 0 ? null : HISTORIES.deserialize(HISTORIES.getVersion(), bytes);
  }

  private static void writeBytes(DataOutputSerializer out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(DataInputDeserializer in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return bytes;
  }
}
