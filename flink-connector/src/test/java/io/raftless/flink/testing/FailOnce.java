package io.raftless.flink.testing;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;

/** Hands elements through, and fails its task once when the test's condition holds. */
public final class FailOnce extends RichMapFunction<String, String> implements CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final Map<String, Story> STORIES = new ConcurrentHashMap<>();

  /** When to fail. */
  @FunctionalInterface
  public interface Condition {
    boolean holds(Story story);
  }

  /** What happened so far in all subtasks and attempts, and what is to happen. */
  public static final class Story {
    /** Elements that were handed through. */
    public final AtomicInteger elements = new AtomicInteger();

    /** Notifications of completed checkpoints. */
    public final AtomicInteger checkpoints = new AtomicInteger();

    /** Subtasks that were started, over all restarts. */
    public final AtomicInteger attempts = new AtomicInteger();

    /** Failures, at most 1. */
    public final AtomicInteger failures = new AtomicInteger();

    private final Condition condition;

    private Story(Condition condition) {
      this.condition = condition;
    }
  }

  private final String name = UUID.randomUUID().toString();

  private FailOnce() {}

  /** Fails once {@code condition} holds. */
  public static FailOnce when(Condition condition) {
    FailOnce map = new FailOnce();
    STORIES.put(map.name, new Story(condition));
    return map;
  }

  /** Tells the test what happened. */
  public Story story() {
    Story story = STORIES.get(name);
    if (story == null) {
      throw new IllegalStateException("no story " + name);
    }
    return story;
  }

  @Override
  public void open(OpenContext context) {
    story().attempts.incrementAndGet();
  }

  @Override
  public String map(String element) throws IOException {
    Story story = story();
    if (story.condition.holds(story) && story.failures.compareAndSet(0, 1)) {
      throw new IOException("the test fails this task");
    }
    story.elements.incrementAndGet();
    return element;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    story().checkpoints.incrementAndGet();
  }
}
