package io.raftless.store;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A store in this process's memory. It obeys the same contract as S3 and completes every call
 * before it returns, which makes it the ground for tests and simulations.
 */
public final class MemoryObjectStore implements ObjectStore {
  private static final int PAGE_SIZE = 1_000;

  private record Stored(ETag etag, ByteBuffer body, Instant lastModified) {}

  private final Clock clock;

  /** Guarded by this. */
  private final TreeMap<String, Stored> objects = new TreeMap<>();

  /** Guarded by this. Every body gets a name of its own, as on a store with random ETags. */
  private long nextETag = 1;

  public MemoryObjectStore() {
    this(Clock.systemUTC());
  }

  public MemoryObjectStore(Clock clock) {
    this.clock = clock;
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return CompletableFuture.completedFuture(read(key, 0, Integer.MAX_VALUE));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    GetOutcome outcome = read(key, 0, Integer.MAX_VALUE);
    boolean same = outcome instanceof GetOutcome.Found found && found.etag().equals(known);
    return CompletableFuture.completedFuture(same ? new GetOutcome.NotModified() : outcome);
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    if (offset < 0 || length < 1) {
      throw new IllegalArgumentException("no range: offset " + offset + ", length " + length);
    }
    return CompletableFuture.completedFuture(read(key, offset, length));
  }

  private synchronized GetOutcome read(String key, long offset, int length) {
    Stored stored = objects.get(key);
    if (stored == null) {
      return new GetOutcome.Missing();
    }
    int from = (int) Math.min(offset, stored.body.remaining());
    int count = Math.min(length, stored.body.remaining() - from);
    ByteBuffer body = stored.body.slice(from, count);
    return new GetOutcome.Found(stored.etag, body, clock.instant());
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return putIfAbsent(key, List.of(body));
  }

  @Override
  public synchronized CompletableFuture<PutOutcome> putIfAbsent(
      String key, List<ByteBuffer> parts) {
    if (objects.containsKey(key)) {
      return CompletableFuture.completedFuture(new PutOutcome.Conflict("the key exists"));
    }
    return CompletableFuture.completedFuture(write(key, parts));
  }

  @Override
  public synchronized CompletableFuture<PutOutcome> putIfMatch(
      String key, ETag expected, ByteBuffer body) {
    Stored stored = objects.get(key);
    if (stored == null) {
      return CompletableFuture.completedFuture(new PutOutcome.Conflict("the key is absent"));
    }
    if (!stored.etag.equals(expected)) {
      return CompletableFuture.completedFuture(
          new PutOutcome.Conflict("the ETag is " + stored.etag + ", not " + expected));
    }
    return CompletableFuture.completedFuture(write(key, List.of(body)));
  }

  private PutOutcome write(String key, List<ByteBuffer> parts) {
    ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(Bodies.length(parts)));
    parts.forEach(part -> copy.put(part.duplicate()));
    copy.flip();
    ETag etag = new ETag(Long.toHexString(nextETag++));
    objects.put(key, new Stored(etag, copy.asReadOnlyBuffer(), clock.instant()));
    return new PutOutcome.Stored(etag);
  }

  @Override
  public synchronized CompletableFuture<ListPage> list(
      String prefix, @Nullable String continuation) {
    SortedMap<String, Stored> rest =
        continuation == null ? objects.tailMap(prefix) : objects.tailMap(continuation, false);
    List<ListPage.ListedObject> page = new ArrayList<>();
    for (var entry : rest.entrySet()) {
      if (!entry.getKey().startsWith(prefix)) {
        break;
      }
      if (page.size() == PAGE_SIZE) {
        String last = page.get(PAGE_SIZE - 1).key();
        return CompletableFuture.completedFuture(new ListPage(page, last));
      }
      page.add(
          new ListPage.ListedObject(
              entry.getKey(), entry.getValue().body.remaining(), entry.getValue().lastModified));
    }
    return CompletableFuture.completedFuture(new ListPage(page, null));
  }

  @Override
  public synchronized CompletableFuture<FolderPage> listFolders(
      String prefix, @Nullable String continuation) {
    FolderPage.requireFolder(prefix);
    List<String> page = new ArrayList<>();
    String key = continuation == null ? objects.ceilingKey(prefix) : afterFolder(continuation);
    while (key != null && key.startsWith(prefix)) {
      int slash = key.indexOf('/', prefix.length());
      if (slash < 0) {
        key = objects.higherKey(key);
        continue;
      }
      if (page.size() == PAGE_SIZE) {
        return CompletableFuture.completedFuture(new FolderPage(page, page.get(PAGE_SIZE - 1)));
      }
      String folder = key.substring(0, slash + 1);
      page.add(folder);
      key = afterFolder(folder);
    }
    return CompletableFuture.completedFuture(new FolderPage(page, null));
  }

  /** The first key that comes after all keys of a folder: '0' is the character after '/'. */
  private @Nullable String afterFolder(String folder) {
    return objects.ceilingKey(folder.substring(0, folder.length() - 1) + '0');
  }

  @Override
  public synchronized CompletableFuture<Void> delete(String key) {
    objects.remove(key);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {
    // Memory is freed with the object.
  }

  @Override
  public String toString() {
    return "a store in memory";
  }
}
