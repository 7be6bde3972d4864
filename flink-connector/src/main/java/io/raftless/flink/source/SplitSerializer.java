package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Splits as bytes, in checkpoints and savepoints; a test pins each version.
 *
 * <p>Version 1 has no log and no range: a source read a single log then.
 */
final class SplitSerializer implements SimpleVersionedSerializer<RaftlessSplit> {
  static final int VERSION = 2;

  private final Subscription subscription;

  /** For a source that reads these logs: what is read in version 1 is of the only one. */
  SplitSerializer(Subscription subscription) {
    this.subscription = subscription;
  }

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(RaftlessSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(128);
    write(split, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public RaftlessSplit deserialize(int version, byte[] bytes) throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    return switch (version) {
      case 1 -> readVersion1(in, onlyLog(subscription));
      case VERSION -> read(in);
      default ->
          throw new IOException(
              "a split of version "
                  + version
                  + " is in the checkpoint; this connector knows versions 1 to "
                  + VERSION
                  + ": restore with the connector version that wrote it, or a later one");
    };
  }

  static void write(RaftlessSplit split, DataOutputView out) throws IOException {
    writeLog(split.log(), out);
    out.writeUTF(split.incarnation().toString());
    out.writeInt(split.partition());
    out.writeInt(split.range());
    out.writeLong(split.startOffset());
    out.writeLong(split.stopOffset());
  }

  static RaftlessSplit read(DataInputView in) throws IOException {
    return new RaftlessSplit(
        readLog(in),
        Incarnation.parse(in.readUTF()),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        in.readLong());
  }

  static RaftlessSplit readVersion1(DataInputView in, LogId log) throws IOException {
    return new RaftlessSplit(
        log, Incarnation.parse(in.readUTF()), in.readInt(), 0, in.readLong(), in.readLong());
  }

  static void writeLog(LogId log, DataOutputView out) throws IOException {
    out.writeUTF(log.prefix());
    out.writeUTF(log.name());
  }

  static LogId readLog(DataInputView in) throws IOException {
    return LogId.of(in.readUTF(), in.readUTF());
  }

  /** The log that state of version 1 is about. */
  static LogId onlyLog(Subscription subscription) throws IOException {
    if (subscription instanceof Subscription.Listed listed && listed.logs().size() == 1) {
      return listed.logs().get(0);
    }
    throw new IOException(
        "the checkpoint was written by a connector version whose sources read a single log, and does"
            + " not name it: restore it with setLog(LogId), take a savepoint, and restore that with "
            + subscription);
  }
}
