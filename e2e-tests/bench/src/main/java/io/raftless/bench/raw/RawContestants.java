package io.raftless.bench.raw;

import io.raftless.bench.Contestant;
import io.raftless.bench.Metric;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Usage;
import io.raftless.log.LogId;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.util.List;
import java.util.SplittableRandom;

/** What the store takes and gives at most: nobody who moves as many bytes is faster. */
public final class RawContestants {
  /**
   * Objects that are uploaded again and again. As much as a writer of the log has in memory: who
   * has something to upload has more than one object, and one alone would not leave the processor's
   * cache.
   */
  private static final long BODIES_BYTES = 96L << 20;

  private RawContestants() {}

  /**
   * Uploads objects of random bytes.
   *
   * @param raw as many requests at once
   * @param store where it deletes them after each round
   */
  public static Contestant put(
      String name, RawRequests raw, ObjectStore store, int objects, int objectBytes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[][] bodies = new byte[(int) Math.max(1, Math.min(objects, BODIES_BYTES / objectBytes))][];
    for (int i = 0; i < bodies.length; i++) {
      bodies[i] = new byte[objectBytes];
      random.nextBytes(bodies[i]);
    }
    return Contestant.of(
        name,
        round -> {
          Usage usage = Usage.begin();
          raw.each(objects, i -> raw.put("raw/" + round + "/" + i, bodies[i % bodies.length]));
          Usage.Used used = usage.end();
          StoredObjects.delete(store, "raw/");
          return used.throughput(objects, (long) objects * objectBytes);
        });
  }

  /**
   * Reads the WAL objects of a log, in ranges.
   *
   * @param raw as many requests at once
   * @param ranges of an object, each of which is a request
   */
  public static Contestant get(
      String name, RawRequests raw, ObjectStore store, LogId log, int ranges) {
    List<ListPage.ListedObject> objects =
        StoredObjects.list(store, log + "/").stream()
            .filter(object -> object.key().contains("/wal/"))
            .toList();
    long bytes = objects.stream().mapToLong(ListPage.ListedObject::size).sum();
    return Contestant.of(
        name,
        round -> {
          Usage usage = Usage.begin();
          raw.each(
              objects.size() * ranges,
              i -> {
                ListPage.ListedObject object = objects.get(i / ranges);
                int length = (int) (object.size() / ranges);
                int from = i % ranges * length;
                int rest = i % ranges == ranges - 1 ? (int) object.size() - from : length;
                raw.get(object.key(), from, rest);
              });
          int requests = objects.size() * ranges;
          return usage.end().throughput(requests, bytes).and(Metric.GETS, requests / (bytes / 1e9));
        });
  }
}
