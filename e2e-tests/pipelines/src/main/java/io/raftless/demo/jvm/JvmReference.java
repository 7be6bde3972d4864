package io.raftless.demo.jvm;

import java.io.Serializable;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names an object of this JVM in a job graph. Flink serializes everything that it hands to its
 * tasks; this stays a name, so that all attempts of all tasks find the one object, however often
 * the job restarts. It only works on a cluster that runs in this JVM.
 *
 * <p>Whoever made the reference closes it; what it named cannot be found any more then.
 *
 * @param <T> type of the object
 */
public final class JvmReference<T> implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;
  private static final Map<UUID, Object> OBJECTS = new ConcurrentHashMap<>();

  private final UUID id = UUID.randomUUID();
  private final Class<T> type;

  private JvmReference(Class<T> type) {
    this.type = type;
  }

  /** Makes a reference to an object. */
  public static <T> JvmReference<T> to(Class<T> type, T object) {
    JvmReference<T> reference = new JvmReference<>(type);
    OBJECTS.put(reference.id, object);
    return reference;
  }

  /**
   * Finds the object.
   *
   * @throws IllegalStateException if the reference was closed, or came to another JVM
   */
  public T get() {
    Object object = OBJECTS.get(id);
    if (object == null) {
      throw new IllegalStateException(
          "this " + type.getSimpleName() + " is of another JVM, or its run is over");
    }
    return type.cast(object);
  }

  @Override
  public void close() {
    OBJECTS.remove(id);
  }
}
