package io.raftless.flink.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.log.LogId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** {@link PoisonRecord}s as bytes. Texts and arrays may be of any length. */
final class PoisonRecordSerializer extends TypeSerializerSingleton<PoisonRecord> {
  private static final long serialVersionUID = 1L;
  static final PoisonRecordSerializer INSTANCE = new PoisonRecordSerializer();

  private static final int NONE = -1;

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public PoisonRecord createInstance() {
    return new PoisonRecord(LogId.of("", "none"), 0, 0, LogRecord.of(null, null, 0), "");
  }

  @Override
  public PoisonRecord copy(PoisonRecord from) {
    return from;
  }

  @Override
  public PoisonRecord copy(PoisonRecord from, PoisonRecord reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(PoisonRecord poison, DataOutputView target) throws IOException {
    writeText(poison.log().prefix(), target);
    writeText(poison.log().name(), target);
    target.writeInt(poison.partition());
    target.writeLong(poison.offset());
    writeBytes(poison.record().key(), target);
    writeBytes(poison.record().value(), target);
    target.writeInt(poison.record().headers().size());
    for (RecordHeader header : poison.record().headers()) {
      writeText(header.name(), target);
      writeBytes(header.value(), target);
    }
    target.writeLong(poison.record().timestamp());
    writeText(poison.error(), target);
  }

  @Override
  public PoisonRecord deserialize(DataInputView source) throws IOException {
    LogId log = LogId.of(readText(source), readText(source));
    int partition = source.readInt();
    long offset = source.readLong();
    byte @Nullable [] key = readBytes(source);
    byte @Nullable [] value = readBytes(source);
    int count = source.readInt();
    List<RecordHeader> headers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      headers.add(new RecordHeader(readText(source), readBytes(source)));
    }
    LogRecord record = new LogRecord(key, value, headers, source.readLong());
    return new PoisonRecord(log, partition, offset, record, readText(source));
  }

  @Override
  public PoisonRecord deserialize(PoisonRecord reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  private static void writeText(String text, DataOutputView target) throws IOException {
    writeBytes(text.getBytes(UTF_8), target);
  }

  private static String readText(DataInputView source) throws IOException {
    byte @Nullable [] bytes = readBytes(source);
    if (bytes == null) {
      throw new IOException("a text is missing in a serialized poison record");
    }
    return new String(bytes, UTF_8);
  }

  private static void writeBytes(byte @Nullable [] bytes, DataOutputView target)
      throws IOException {
    if (bytes == null) {
      target.writeInt(NONE);
    } else {
      target.writeInt(bytes.length);
      target.write(bytes);
    }
  }

  private static byte @Nullable [] readBytes(DataInputView source) throws IOException {
    int length = source.readInt();
    if (length == NONE) {
      return null;
    }
    byte[] bytes = new byte[length];
    source.readFully(bytes);
    return bytes;
  }

  @Override
  public TypeSerializerSnapshot<PoisonRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Says in checkpoints which serializer it was. Public since Flink instantiates it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<PoisonRecord> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
