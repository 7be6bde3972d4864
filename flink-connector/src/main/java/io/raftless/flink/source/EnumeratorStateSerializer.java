package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * The enumerator's state as bytes, in checkpoints and savepoints; a test pins each version.
 *
 * <p>Version 1 has no log: a source read a single log then.
 */
final class EnumeratorStateSerializer implements SimpleVersionedSerializer<EnumeratorState> {
  static final int VERSION = 2;

  private final Subscription subscription;

  /** For a source that reads these logs: what is read in version 1 is of the only one. */
  EnumeratorStateSerializer(Subscription subscription) {
    this.subscription = subscription;
  }

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(EnumeratorState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(256);
    out.writeBoolean(state.isStarted());
    out.writeInt(state.logs().size());
    for (Map.Entry<LogId, KnownLog> log : state.logs().entrySet()) {
      SplitSerializer.writeLog(log.getKey(), out);
      out.writeUTF(log.getValue().incarnation().toString());
      out.writeInt(log.getValue().partitions());
    }
    out.writeInt(state.unassigned().size());
    for (RaftlessSplit split : state.unassigned()) {
      SplitSerializer.write(split, out);
    }
    return out.getCopyOfBuffer();
  }

  @Override
  public EnumeratorState deserialize(int version, byte[] bytes) throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    return switch (version) {
      case 1 -> readVersion1(in);
      case VERSION -> read(in);
      default ->
          throw new IOException(
              "an enumerator state of version "
                  + version
                  + " is in the checkpoint; this connector knows versions 1 to "
                  + VERSION
                  + ": restore with the connector version that wrote it, or a later one");
    };
  }

  private static EnumeratorState read(DataInputView in) throws IOException {
    boolean isStarted = in.readBoolean();
    int logCount = in.readInt();
    Map<LogId, KnownLog> logs = new LinkedHashMap<>();
    for (int i = 0; i < logCount; i++) {
      logs.put(
          SplitSerializer.readLog(in), new KnownLog(Incarnation.parse(in.readUTF()), in.readInt()));
    }
    int count = in.readInt();
    List<RaftlessSplit> unassigned = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      unassigned.add(SplitSerializer.read(in));
    }
    return new EnumeratorState(isStarted, logs, unassigned);
  }

  private EnumeratorState readVersion1(DataInputView in) throws IOException {
    if (!in.readBoolean()) {
      return EnumeratorState.initial();
    }
    LogId log = SplitSerializer.onlyLog(subscription);
    KnownLog known = new KnownLog(Incarnation.parse(in.readUTF()), in.readInt());
    int count = in.readInt();
    List<RaftlessSplit> unassigned = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      unassigned.add(SplitSerializer.readVersion1(in, log));
    }
    return new EnumeratorState(true, Map.of(log, known), unassigned);
  }
}
