package io.raftless.flink.table;

import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.log.LogId;
import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.table.catalog.exceptions.CatalogException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the definitions of tables: an object {@code table.json} beside each log's {@code log.json}.
 * Vacuum keeps what it does not know, so it keeps these. Blocks.
 */
final class TableDefinitions {
  private final ObjectStore store;

  TableDefinitions(ObjectStore store) {
    this.store = store;
  }

  /** The definition of a log's table, if there is one for this very incarnation. */
  Optional<TableDefinition> find(LogId log, String incarnation) {
    return get(log)
        .map(found -> decode(log, found))
        .filter(definition -> definition.incarnation().equals(incarnation));
  }

  /**
   * Writes a definition in place of whatever is there.
   *
   * @throws CatalogException if it is not known to be there afterwards
   */
  void put(LogId log, TableDefinition definition) {
    ByteBuffer body = Json.encode(definition);
    ETag known = get(log).map(GetOutcome.Found::etag).orElse(null);
    PutOutcome outcome = join(log, write(log, known, body));
    if (outcome instanceof PutOutcome.Stored) {
      return;
    }
    // Whoever answered may have answered to a second copy of the request: only a look can tell.
    boolean isThere =
        get(log).map(found -> decode(log, found)).filter(definition::equals).isPresent();
    if (!isThere) {
      throw outcome instanceof PutOutcome.Unknown unknown
          ? new CatalogException(
              "The store did not say whether the definition of table '"
                  + log.name()
                  + "' was stored: look at the table, then try again.",
              unknown.cause())
          : new CatalogException(
              "Somebody else changed the definition of table '"
                  + log.name()
                  + "' at the same time: look at it, then try again.");
    }
  }

  private CompletableFuture<PutOutcome> write(LogId log, @Nullable ETag known, ByteBuffer body) {
    return known == null
        ? store.putIfAbsent(key(log), body)
        : store.putIfMatch(key(log), known, body);
  }

  private Optional<GetOutcome.Found> get(LogId log) {
    return join(log, store.get(key(log))) instanceof GetOutcome.Found found
        ? Optional.of(found)
        : Optional.empty();
  }

  private static TableDefinition decode(LogId log, GetOutcome.Found found) {
    try {
      return Json.decode(
          found.body(), TableDefinition.class, "table definition", TableDefinition.NEWEST_FORMAT);
    } catch (FormatException e) {
      throw new CatalogException(
          "The definition of table '" + log.name() + "' (" + key(log) + ") cannot be read.", e);
    }
  }

  private static <T> T join(LogId log, CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw new CatalogException(
          "The definition of table '" + log.name() + "' cannot be reached.", e.getCause());
    }
  }

  static String key(LogId log) {
    return log + "/table.json";
  }
}
