package io.raftless.log;

import io.raftless.head.AppendRequest;
import io.raftless.id.Label;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks into writers, for those who compare what they do with a model: which request a record is
 * of, and what was made of it.
 */
public final class AppendProbe {
  private static final Field OUTSTANDING = field(LogWriter.class, "outstanding");
  private static final Field STATE = field(PendingAppend.class, "state");
  private static final Field REQUEST = field(PendingAppend.class, "request");

  private final PendingAppend pending;

  private AppendProbe(PendingAppend pending) {
    this.pending = pending;
  }

  private static Field field(Class<?> owner, String name) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(owner + " has changed: tell its probe", e);
    }
  }

  /** What nobody knows the outcome of yet, in the order in which it was made. */
  public static List<AppendProbe> outstanding(LogWriter writer) {
    List<AppendProbe> all = new ArrayList<>();
    synchronized (writer) {
      for (Object pending : ((Map<?, ?>) value(OUTSTANDING, writer)).keySet()) {
        all.add(new AppendProbe((PendingAppend) pending));
      }
    }
    return all;
  }

  private static Object value(Field field, Object owner) {
    Object value = valueOrNull(field, owner);
    if (value == null) {
      throw new IllegalStateException(field + " is not set");
    }
    return value;
  }

  private static @Nullable Object valueOrNull(Field field, Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Equal for requests of one stream only. */
  public Object stream() {
    return pending.stream();
  }

  /** Equal for one request only. */
  public Object identity() {
    return pending;
  }

  /** With which right; null for none. */
  public AppendRequest.@Nullable Fencing fencing() {
    return pending.stream().fencing();
  }

  /** What the committer was given; null if its upload did not end well, or not in time. */
  public @Nullable AppendRequest request() {
    return (AppendRequest) valueOrNull(REQUEST, pending);
  }

  /** Whether the committer has taken it. */
  public boolean isTaken() {
    return value(STATE, pending).toString().equals("TAKEN");
  }

  /** Of its batch; null if there is no request. */
  public @Nullable Label label() {
    AppendRequest request = request();
    return request == null ? null : request.batches().get(0).label();
  }
}
