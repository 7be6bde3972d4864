package io.raftless.head;

import io.raftless.cas.Schema;
import io.raftless.format.Json;
import io.raftless.id.LabelSource;
import java.nio.ByteBuffer;

/** How heads and descriptors are stored: as JSON, each write with a label of its own. */
public final class Schemas {
  private Schemas() {}

  /** Of heads. */
  public static Schema<Head> heads(LabelSource labels) {
    return new Schema<>() {
      @Override
      public Head decode(ByteBuffer body) {
        return Json.decode(body, Head.class, "head", Head.FORMAT);
      }

      @Override
      public ByteBuffer encode(Head head) {
        return Json.encode(head);
      }

      @Override
      public long version(Head head) {
        return head.version();
      }

      @Override
      public Head stamped(Head head, long version) {
        return head.written(version, labels.next(head.horizon()));
      }
    };
  }

  /** Of {@code log.json}. */
  public static Schema<LogDescriptor> descriptors(LabelSource labels) {
    return new Schema<>() {
      @Override
      public LogDescriptor decode(ByteBuffer body) {
        return Json.decode(body, LogDescriptor.class, "log.json", LogDescriptor.FORMAT);
      }

      @Override
      public ByteBuffer encode(LogDescriptor descriptor) {
        return Json.encode(descriptor);
      }

      @Override
      public long version(LogDescriptor descriptor) {
        return descriptor.version();
      }

      @Override
      public LogDescriptor stamped(LogDescriptor descriptor, long version) {
        return descriptor.written(version, labels.next(descriptor.horizon()));
      }
    };
  }
}
