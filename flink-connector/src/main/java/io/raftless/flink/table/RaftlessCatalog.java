package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.ALLOW_DROP;
import static io.raftless.flink.table.RaftlessConnectorOptions.FORMAT;
import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FIELDS;
import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FORMAT;
import static io.raftless.flink.table.RaftlessConnectorOptions.LOG;
import static io.raftless.flink.table.RaftlessConnectorOptions.PARTITIONS;
import static io.raftless.flink.table.RaftlessConnectorOptions.VALUE_FIELDS_INCLUDE;
import static io.raftless.flink.table.RaftlessConnectorOptions.VALUE_FORMAT;

import io.raftless.head.LogState;
import io.raftless.id.Name;
import io.raftless.log.LogAdmin;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import io.raftless.store.s3.S3Settings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.AbstractCatalog;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.table.catalog.CatalogDatabaseImpl;
import org.apache.flink.table.catalog.CatalogFunction;
import org.apache.flink.table.catalog.CatalogPartition;
import org.apache.flink.table.catalog.CatalogPartitionSpec;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.exceptions.CatalogException;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.FunctionNotExistException;
import org.apache.flink.table.catalog.exceptions.PartitionNotExistException;
import org.apache.flink.table.catalog.exceptions.TableAlreadyExistException;
import org.apache.flink.table.catalog.exceptions.TableNotExistException;
import org.apache.flink.table.catalog.exceptions.TableNotPartitionedException;
import org.apache.flink.table.catalog.stats.CatalogColumnStatistics;
import org.apache.flink.table.catalog.stats.CatalogTableStatistics;
import org.apache.flink.table.expressions.Expression;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FactoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * The logs directly below a key prefix as the tables of one database. A log is a table of keys and
 * values in bytes until somebody says more about it: CREATE TABLE creates a log along with its
 * definition, ALTER TABLE gives a definition to any log.
 *
 * <p>Like all catalogs it is used by one session at a time.
 */
final class RaftlessCatalog extends AbstractCatalog {
  /** What the catalog adds to the options of its tables, but the secrets. */
  private final Map<String, String> publicOptions = new HashMap<>();

  private final Map<String, String> secrets = new HashMap<>();
  private final S3Settings settings;
  private final String prefix;
  private final @Nullable String format;
  private final boolean allowDrop;

  private @Nullable ObjectStore store;
  private @Nullable LogAdmin admin;

  /**
   * Makes a catalog; {@link #open} connects it.
   *
   * @param storeOptions the options that {@code settings} was made of, and the prefix
   * @param format of values of tables that are created without one; null for none
   */
  RaftlessCatalog(
      String name,
      String database,
      S3Settings settings,
      String prefix,
      Map<String, String> storeOptions,
      @Nullable String format,
      boolean allowDrop) {
    super(name, database);
    this.settings = settings;
    this.prefix = prefix;
    this.format = format;
    this.allowDrop = allowDrop;
    Set<String> secretKeys = new HashSet<>();
    for (ConfigOption<?> secret : StoreOptions.SECRET) {
      secretKeys.add(secret.key());
    }
    storeOptions.forEach(
        (key, value) -> (secretKeys.contains(key) ? secrets : publicOptions).put(key, value));
  }

  @Override
  public Optional<Factory> getFactory() {
    return Optional.of(new CatalogTableFactory(secrets));
  }

  @Override
  public void open() {
    try {
      store = settings.open();
    } catch (StoreException e) {
      throw new CatalogException("Catalog " + getName() + " cannot open " + settings + ".", e);
    }
    admin = LogAdmin.of(store);
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close();
      admin = null;
    }
    if (store != null) {
      store.close();
      store = null;
    }
  }

  private ObjectStore store() {
    return Objects.requireNonNull(store, "the catalog is not open");
  }

  // Databases: there is one.

  @Override
  public List<String> listDatabases() {
    return List.of(getDefaultDatabase());
  }

  @Override
  public CatalogDatabase getDatabase(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    return new CatalogDatabaseImpl(Map.of(), "The logs in " + settings + " below '" + prefix + "'");
  }

  @Override
  public boolean databaseExists(String database) {
    return database.equals(getDefaultDatabase());
  }

  private void requireDatabase(String database) throws DatabaseNotExistException {
    if (!databaseExists(database)) {
      throw new DatabaseNotExistException(getName(), database);
    }
  }

  @Override
  public void createDatabase(String name, CatalogDatabase database, boolean ignoreIfExists) {
    if (!(ignoreIfExists && databaseExists(name))) {
      throw oneDatabase("create");
    }
  }

  @Override
  public void dropDatabase(String name, boolean ignoreIfNotExists, boolean cascade) {
    if (!ignoreIfNotExists || databaseExists(name)) {
      throw oneDatabase("drop");
    }
  }

  @Override
  public void alterDatabase(String name, CatalogDatabase database, boolean ignoreIfNotExists) {
    throw oneDatabase("alter");
  }

  private UnsupportedOperationException oneDatabase(String what) {
    return new UnsupportedOperationException(
        "Cannot "
            + what
            + " a database: catalog "
            + getName()
            + " has one, '"
            + getDefaultDatabase()
            + "', the logs below its prefix. Create another catalog for another prefix.");
  }

  // Tables: the logs.

  @Override
  public List<String> listTables(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    LogAdmin open = Objects.requireNonNull(admin, "the catalog is not open");
    try {
      return open.list(prefix).join().stream()
          .filter(log -> log.state().status() != LogState.Status.DELETED)
          .map(log -> log.id().name())
          .toList();
    } catch (CompletionException e) {
      throw new CatalogException("The logs below '" + prefix + "' cannot be listed.", e.getCause());
    }
  }

  @Override
  public List<String> listViews(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    return List.of();
  }

  @Override
  public List<String> listMaterializedTables(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    return List.of();
  }

  @Override
  public boolean tableExists(ObjectPath path) {
    return incarnation(path).isPresent();
  }

  /** The log's incarnation, if it is there and not deleted. */
  private Optional<String> incarnation(ObjectPath path) {
    if (!databaseExists(path.getDatabaseName()) || !Name.isName(path.getObjectName())) {
      return Optional.empty();
    }
    try (RaftlessLog log = RaftlessLog.open(store(), id(path))) {
      return Optional.of(log.incarnation().toString());
    } catch (RaftlessException.LogNotFound e) {
      return Optional.empty();
    } catch (RaftlessException e) {
      throw new CatalogException("Log " + id(path) + " cannot be read.", e);
    }
  }

  private LogId id(ObjectPath path) {
    return LogId.of(prefix, path.getObjectName());
  }

  @Override
  public CatalogBaseTable getTable(ObjectPath path) throws TableNotExistException {
    String incarnation =
        incarnation(path).orElseThrow(() -> new TableNotExistException(getName(), path));
    CatalogTable table =
        new TableDefinitions(store())
            .find(id(path), incarnation)
            .map(definition -> CatalogTable.fromProperties(definition.properties()))
            .orElseGet(this::bytes);
    Map<String, String> options = new HashMap<>(publicOptions);
    options.put(FactoryUtil.CONNECTOR.key(), RaftlessTableFactory.IDENTIFIER);
    options.put(LOG.key(), path.getObjectName());
    options.putAll(table.getOptions());
    return table.copy(options);
  }

  /** What is known of a log about which nobody has said anything. */
  private CatalogTable bytes() {
    return CatalogTable.newBuilder()
        .schema(
            Schema.newBuilder()
                .column("key", DataTypes.BYTES())
                .column("value", DataTypes.BYTES())
                .columnByMetadata("headers", ReadableMetadata.HEADERS.type())
                .columnByMetadata("timestamp", ReadableMetadata.TIMESTAMP.type())
                .columnByMetadata("partition", ReadableMetadata.PARTITION.type(), true)
                .columnByMetadata("offset", ReadableMetadata.OFFSET.type(), true)
                .build())
        .comment("A log about which nothing is known but its bytes: ALTER TABLE may say more")
        .options(
            Map.of(
                KEY_FORMAT.key(), "raw",
                KEY_FIELDS.key(), "key",
                VALUE_FORMAT.key(), "raw",
                VALUE_FIELDS_INCLUDE.key(), "EXCEPT_KEY"))
        .build();
  }

  @Override
  public void createTable(ObjectPath path, CatalogBaseTable table, boolean ignoreIfExists)
      throws TableAlreadyExistException, DatabaseNotExistException {
    requireDatabase(path.getDatabaseName());
    LogId id = Options.checked(LOG, List.of(path.getObjectName()), unused -> id(path));
    ResolvedCatalogTable resolved = requireTable(table);
    Map<String, String> options = ownOptions(path, resolved.getOptions());
    int partitions = partitions(options.remove(PARTITIONS.key()));
    if (format != null
        && !options.containsKey(FORMAT.key())
        && !options.containsKey(VALUE_FORMAT.key())) {
      options.put(VALUE_FORMAT.key(), format);
    }
    String incarnation;
    try (RaftlessLog log = RaftlessLog.create(store(), id, partitions)) {
      incarnation = log.incarnation().toString();
    } catch (RaftlessException.LogExists e) {
      if (ignoreIfExists) {
        return;
      }
      throw new TableAlreadyExistException(getName(), path, e);
    } catch (RaftlessException e) {
      throw new CatalogException("Log " + id + " cannot be created.", e);
    }
    try {
      define(id, incarnation, resolved, options);
    } catch (CatalogException e) {
      throw new CatalogException(
          "Log "
              + id
              + " was created, but not the definition of its table: until ALTER TABLE gives it one,"
              + " it is a table of keys and values in bytes.",
          e);
    }
  }

  private static int partitions(@Nullable String option) {
    if (option == null) {
      return PARTITIONS.defaultValue();
    }
    try {
      return Integer.parseInt(option);
    } catch (NumberFormatException e) {
      throw Options.invalid(PARTITIONS, option, "choose a number from 1 to 10000");
    }
  }

  @Override
  public void alterTable(ObjectPath path, CatalogBaseTable table, boolean ignoreIfNotExists)
      throws TableNotExistException {
    String incarnation = incarnation(path).orElse(null);
    if (incarnation == null) {
      if (ignoreIfNotExists) {
        return;
      }
      throw new TableNotExistException(getName(), path);
    }
    ResolvedCatalogTable resolved = requireTable(table);
    define(id(path), incarnation, resolved, ownOptions(path, resolved.getOptions()));
  }

  private void define(
      LogId id, String incarnation, ResolvedCatalogTable table, Map<String, String> options) {
    new TableDefinitions(store())
        .put(id, TableDefinition.of(incarnation, table.copy(options).toProperties()));
  }

  private ResolvedCatalogTable requireTable(CatalogBaseTable table) {
    if (!(table instanceof ResolvedCatalogTable resolved)) {
      throw new UnsupportedOperationException(
          "Catalog "
              + getName()
              + " holds logs only: keep views and materialized tables in another catalog, or make"
              + " them TEMPORARY.");
    }
    if (!resolved.getPartitionKeys().isEmpty()) {
      throw new UnsupportedOperationException(
          "The partitions of a log are numbers, not values of columns: leave PARTITIONED BY out,"
              + " and set '"
              + PARTITIONS.key()
              + "'.");
    }
    return resolved;
  }

  /** The options that are the table's own. What the catalog says is not stored with each table. */
  private Map<String, String> ownOptions(ObjectPath path, Map<String, String> options) {
    Map<String, String> own = new HashMap<>(options);
    String connector =
        options.getOrDefault(FactoryUtil.CONNECTOR.key(), RaftlessTableFactory.IDENTIFIER);
    if (!connector.equals(RaftlessTableFactory.IDENTIFIER)
        && !connector.equals(RaftlessUpsertTableFactory.IDENTIFIER)) {
      throw new ValidationException(
          "Option 'connector' is '"
              + connector
              + "': the tables of catalog "
              + getName()
              + " are logs, so choose 'raftless' or 'raftless-upsert', or make the table"
              + " TEMPORARY.");
    }
    Set<ConfigOption<?>> places =
        TableFactories.union(
            StoreOptions.OPTIONAL,
            Set.of(RaftlessConnectorOptions.BUCKET, LOG, RaftlessConnectorOptions.LOG_PATTERN));
    for (ConfigOption<?> place : places) {
      String value = own.remove(place.key());
      String ours = place.equals(LOG) ? path.getObjectName() : publicOptions.get(place.key());
      if (value != null && !value.equals(ours)) {
        throw new ValidationException(
            "Option '"
                + place.key()
                + "' does not belong to a table of catalog "
                + getName()
                + ": the catalog says where its logs are. Leave it out (with LIKE, say EXCLUDING"
                + " OPTIONS).");
      }
    }
    return own;
  }

  @Override
  public void dropTable(ObjectPath path, boolean ignoreIfNotExists) throws TableNotExistException {
    try (RaftlessLog log = RaftlessLog.open(store(), id(path))) {
      if (!allowDrop) {
        throw new UnsupportedOperationException(
            "DROP TABLE would delete log "
                + id(path)
                + " with all its records, for everybody: create the catalog with '"
                + ALLOW_DROP.key()
                + "' = 'true' if that is what you want.");
      }
      // What is left is the definition: it names the incarnation, so it is of no further effect.
      log.delete("DROP TABLE in Flink catalog " + getName()).join();
    } catch (RaftlessException.LogNotFound e) {
      if (!ignoreIfNotExists) {
        throw new TableNotExistException(getName(), path, e);
      }
    } catch (CompletionException e) {
      throw new CatalogException("Log " + id(path) + " cannot be deleted.", e.getCause());
    } catch (RaftlessException e) {
      throw new CatalogException("Log " + id(path) + " cannot be read.", e);
    }
  }

  @Override
  public void renameTable(ObjectPath path, String newName, boolean ignoreIfNotExists) {
    throw new UnsupportedOperationException(
        "A log cannot be renamed: create another one, and copy it with INSERT INTO ... SELECT.");
  }

  // Partitions in the sense of Flink: there are none.

  @Override
  public List<CatalogPartitionSpec> listPartitions(ObjectPath path)
      throws TableNotPartitionedException {
    throw new TableNotPartitionedException(getName(), path);
  }

  @Override
  public List<CatalogPartitionSpec> listPartitions(ObjectPath path, CatalogPartitionSpec spec)
      throws TableNotPartitionedException {
    throw new TableNotPartitionedException(getName(), path);
  }

  @Override
  public List<CatalogPartitionSpec> listPartitionsByFilter(
      ObjectPath path, List<Expression> filters) throws TableNotPartitionedException {
    throw new TableNotPartitionedException(getName(), path);
  }

  @Override
  public CatalogPartition getPartition(ObjectPath path, CatalogPartitionSpec spec)
      throws PartitionNotExistException {
    throw new PartitionNotExistException(getName(), path, spec);
  }

  @Override
  public boolean partitionExists(ObjectPath path, CatalogPartitionSpec spec) {
    return false;
  }

  @Override
  public void createPartition(
      ObjectPath path, CatalogPartitionSpec spec, CatalogPartition partition, boolean ignore) {
    throw noPartitions();
  }

  @Override
  public void dropPartition(ObjectPath path, CatalogPartitionSpec spec, boolean ignore) {
    throw noPartitions();
  }

  @Override
  public void alterPartition(
      ObjectPath path, CatalogPartitionSpec spec, CatalogPartition partition, boolean ignore) {
    throw noPartitions();
  }

  private static UnsupportedOperationException noPartitions() {
    return new UnsupportedOperationException(
        "The partitions of a log are not partitions of a table: it has as many as it was created"
            + " with, and an administrator may add some.");
  }

  // Functions and statistics: there are none.

  @Override
  public List<String> listFunctions(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    return List.of();
  }

  @Override
  public CatalogFunction getFunction(ObjectPath path) throws FunctionNotExistException {
    throw new FunctionNotExistException(getName(), path);
  }

  @Override
  public boolean functionExists(ObjectPath path) {
    return false;
  }

  @Override
  public void createFunction(ObjectPath path, CatalogFunction function, boolean ignore) {
    throw noFunctions();
  }

  @Override
  public void alterFunction(ObjectPath path, CatalogFunction function, boolean ignore) {
    throw noFunctions();
  }

  @Override
  public void dropFunction(ObjectPath path, boolean ignore) {
    throw noFunctions();
  }

  private UnsupportedOperationException noFunctions() {
    return new UnsupportedOperationException(
        "Catalog "
            + getName()
            + " holds logs only: keep functions in another catalog, or make them TEMPORARY.");
  }

  @Override
  public CatalogTableStatistics getTableStatistics(ObjectPath path) {
    return CatalogTableStatistics.UNKNOWN;
  }

  @Override
  public CatalogColumnStatistics getTableColumnStatistics(ObjectPath path) {
    return CatalogColumnStatistics.UNKNOWN;
  }

  @Override
  public CatalogTableStatistics getPartitionStatistics(ObjectPath path, CatalogPartitionSpec spec) {
    return CatalogTableStatistics.UNKNOWN;
  }

  @Override
  public CatalogColumnStatistics getPartitionColumnStatistics(
      ObjectPath path, CatalogPartitionSpec spec) {
    return CatalogColumnStatistics.UNKNOWN;
  }

  @Override
  public void alterTableStatistics(
      ObjectPath path, CatalogTableStatistics statistics, boolean ignore) {
    throw noStatistics();
  }

  @Override
  public void alterTableColumnStatistics(
      ObjectPath path, CatalogColumnStatistics statistics, boolean ignore) {
    throw noStatistics();
  }

  @Override
  public void alterPartitionStatistics(
      ObjectPath path,
      CatalogPartitionSpec spec,
      CatalogTableStatistics statistics,
      boolean ignore) {
    throw noStatistics();
  }

  @Override
  public void alterPartitionColumnStatistics(
      ObjectPath path,
      CatalogPartitionSpec spec,
      CatalogColumnStatistics statistics,
      boolean ignore) {
    throw noStatistics();
  }

  private UnsupportedOperationException noStatistics() {
    return new UnsupportedOperationException(
        "Catalog " + getName() + " keeps no statistics of its tables.");
  }
}
