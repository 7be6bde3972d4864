package io.raftless.log;

import io.raftless.head.DataBlock;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where in the store the blocks lie that the fetchers of one reader have planned: so that what lies
 * side by side can be found, whoever has planned it. Guarded by the reader's lock.
 */
final class PlannedBlocks {
  private record Place(String key, long position) {}

  /** A block, and who has planned it. */
  record Planned(PartitionFetcher fetcher, DataBlock block) {}

  /** If a partition is read twice, one of them is here. */
  private final Map<Place, Planned> byStart = new HashMap<>();

  private final Map<Place, Planned> byEnd = new HashMap<>();

  /** From now on it can be found; blocks in heads have no neighbours. */
  void add(DataBlock block, PartitionFetcher fetcher) {
    if (block.inline() == null) {
      Planned planned = new Planned(fetcher, block);
      byStart.putIfAbsent(start(block), planned);
      byEnd.putIfAbsent(end(block), planned);
    }
  }

  /** It is not planned any more; one that was not added is no error. */
  void remove(DataBlock block, PartitionFetcher fetcher) {
    if (block.inline() == null) {
      Planned planned = new Planned(fetcher, block);
      byStart.remove(start(block), planned);
      byEnd.remove(end(block), planned);
    }
  }

  /** Whether it is planned still. */
  boolean has(Planned planned) {
    return planned.equals(byStart.get(start(planned.block())));
  }

  /** The block that begins there; null if nobody has planned one. */
  @Nullable Planned startingAt(String key, long position) {
    return byStart.get(new Place(key, position));
  }

  /** The block that ends there; null if nobody has planned one. */
  @Nullable Planned endingAt(String key, long position) {
    return byEnd.get(new Place(key, position));
  }

  private static Place start(DataBlock block) {
    return new Place(block.key(), block.position());
  }

  private static Place end(DataBlock block) {
    return new Place(block.key(), block.position() + block.length());
  }
}
