package io.raftless.head;

import io.raftless.cas.Schema;
import io.raftless.format.Json;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.nio.ByteBuffer;
import java.util.function.ToLongFunction;

/** How heads and descriptors are stored: as JSON, each write with a label of its own. */
public final class Schemas {
  private Schemas() {}

  /** Of heads. */
  public static Schema<Head> heads(LabelSource labels) {
    return new JsonSchema<>(
        Head.class,
        "head",
        Head.FORMAT,
        Head::version,
        (head, version) -> head.written(version, labels.next(head.horizon())));
  }

  /** Of {@code log.json}. */
  public static Schema<LogDescriptor> descriptors(LabelSource labels) {
    return new JsonSchema<>(
        LogDescriptor.class,
        "log.json",
        LogDescriptor.FORMAT,
        LogDescriptor::version,
        (log, version) -> log.written(version, labels.next(log.horizon())));
  }

  /** Gives a state its version, and a fresh {@link Label} as its last write. */
  private interface Stamp<S> {
    S on(S state, long version);
  }

  private record JsonSchema<S>(
      Class<S> type, String what, int newestFormat, ToLongFunction<S> versionOf, Stamp<S> stamp)
      implements Schema<S> {
    @Override
    public S decode(ByteBuffer body) {
      return Json.decode(body, type, what, newestFormat);
    }

    @Override
    public ByteBuffer encode(S state) {
      return Json.encode(state);
    }

    @Override
    public long version(S state) {
      return versionOf.applyAsLong(state);
    }

    @Override
    public S stamped(S state, long version) {
      return stamp.on(state, version);
    }
  }
}
