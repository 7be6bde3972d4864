package io.raftless.maintenance;

import io.raftless.cas.CasCell;
import io.raftless.format.FormatException;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogState;
import io.raftless.head.Schemas;
import io.raftless.head.TakeState;
import io.raftless.id.Incarnation;
import io.raftless.runtime.LogRuntime;
import io.raftless.runtime.Waiting;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells which incarnations of a log are dead: all their heads are in the terminal state, so nothing
 * of them will be read or written again.
 *
 * <p>{@code log.json} is read after a key of the incarnation was seen, never before. *Because*
 * nothing exists below an incarnation before {@code log.json} has named it: one that a later read
 * does not show is an older one, while one that an earlier read did not show may be the log that
 * was created since, and its objects would be deleted before their first append.
 */
final class OtherIncarnations {
  private final ObjectStore store;
  private final String root;
  private final LogRuntime runtime;
  private final Duration timeout;
  private final CasCell<LogDescriptor> descriptor;
  private final VacuumOptions options;
  private final Map<Incarnation, Boolean> isDead = new HashMap<>();
  private final List<String> suspicious = new ArrayList<>();

  OtherIncarnations(
      ObjectStore store,
      String root,
      LogRuntime runtime,
      Duration timeout,
      CasCell<LogDescriptor> descriptor,
      VacuumOptions options) {
    this.store = store;
    this.root = root;
    this.runtime = runtime;
    this.timeout = timeout;
    this.descriptor = descriptor;
    this.options = options;
  }

  /**
   * Whether an incarnation, of which an object was just seen, is dead.
   *
   * <p>Blocks.
   */
  boolean isDead(Incarnation incarnation) {
    return isDead.computeIfAbsent(incarnation, this::decide);
  }

  /** What should be dead and is not, with the reason. */
  List<String> suspicious() {
    return List.copyOf(suspicious);
  }

  private boolean decide(Incarnation incarnation) {
    LogDescriptor now = Waiting.join(descriptor.read()).state();
    if (now.incarnation().equals(incarnation)) {
      if (now.state().status() != LogState.Status.DELETED) {
        return false; // Created since this vacuum began: the next one will see to it.
      }
      if (!options.isDryRun()) {
        completeDeletion(now);
      }
      return true;
    }
    String doubt = doubt(incarnation);
    if (doubt != null) {
      suspicious.add(incarnation + ": " + doubt);
    }
    return doubt == null;
  }

  /**
   * Whoever deleted the log may have crashed before every head was. Only then is it certain that no
   * writer that remembers the log from before creates a head and appends.
   */
  private void completeDeletion(LogDescriptor deleted) {
    LogHeads heads = new LogHeads(store, root, runtime, timeout, descriptor, deleted);
    Parallel.forEach(
        heads.partitions(),
        options.requestsInFlight(),
        partition -> heads.update(partition, new TakeState(deleted.state())));
  }

  /** A log is created again only when all heads of the one before are deleted; trust, but look. */
  private @Nullable String doubt(Incarnation incarnation) {
    List<String> heads = heads(incarnation);
    if (heads.isEmpty()) {
      return "it has no heads, so nobody can tell that it was deleted";
    }
    for (String key : heads) {
      if (!(Waiting.join(store.get(key)) instanceof GetOutcome.Found found)) {
        return key + " is gone";
      }
      try {
        Head head = Schemas.heads(runtime.labels()).decode(found.body());
        if (head.state().status() != LogState.Status.DELETED) {
          return key + " is " + head.state().status() + ", but " + root + " was created again";
        }
      } catch (FormatException e) {
        return key + " cannot be read: " + e.getMessage();
      }
    }
    return null;
  }

  private List<String> heads(Incarnation incarnation) {
    String prefix = root + incarnation + "/";
    List<String> heads = new ArrayList<>();
    String continuation = null;
    do {
      ListPage page = Waiting.join(store.list(prefix, continuation));
      for (ListPage.ListedObject object : page.objects()) {
        if (StoredKey.parse(root, object.key()).kind() == ObjectKind.HEAD) {
          heads.add(object.key());
        }
      }
      continuation = page.continuation();
    } while (continuation != null);
    return heads;
  }
}
