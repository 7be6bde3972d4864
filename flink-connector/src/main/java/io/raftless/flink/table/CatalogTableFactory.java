package io.raftless.flink.table;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * Makes the tables of a catalog. It adds what the catalog knows and its tables do not tell, since
 * their options can be seen by everybody: the secrets.
 */
final class CatalogTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {
  private final RaftlessTableFactory plain = new RaftlessTableFactory();
  private final RaftlessUpsertTableFactory upsert = new RaftlessUpsertTableFactory();
  private final Map<String, String> secrets;

  CatalogTableFactory(Map<String, String> secrets) {
    this.secrets = Map.copyOf(secrets);
  }

  @Override
  public String factoryIdentifier() {
    return plain.factoryIdentifier();
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return plain.requiredOptions();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return plain.optionalOptions();
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    return isUpsert(context)
        ? upsert.createDynamicTableSource(withSecrets(context))
        : plain.createDynamicTableSource(withSecrets(context));
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return isUpsert(context)
        ? upsert.createDynamicTableSink(withSecrets(context))
        : plain.createDynamicTableSink(withSecrets(context));
  }

  private static boolean isUpsert(Context context) {
    String connector = context.getCatalogTable().getOptions().get(FactoryUtil.CONNECTOR.key());
    if (RaftlessUpsertTableFactory.IDENTIFIER.equals(connector)) {
      return true;
    }
    if (RaftlessTableFactory.IDENTIFIER.equals(connector)) {
      return false;
    }
    throw new ValidationException(
        "Option 'connector' is '"
            + connector
            + "': the tables of this catalog are logs, so choose 'raftless' or"
            + " 'raftless-upsert'.");
  }

  private Context withSecrets(Context context) {
    Map<String, String> options = new HashMap<>(secrets);
    options.putAll(context.getCatalogTable().getOptions());
    return new ContextWithOptions(context, context.getCatalogTable().copy(options));
  }

  /** A context, but for the options of the table. */
  private record ContextWithOptions(Context context, ResolvedCatalogTable table)
      implements Context {
    @Override
    public ObjectIdentifier getObjectIdentifier() {
      return context.getObjectIdentifier();
    }

    @Override
    public ResolvedCatalogTable getCatalogTable() {
      return table;
    }

    @Override
    public Map<String, String> getEnrichmentOptions() {
      return context.getEnrichmentOptions();
    }

    @Override
    public ReadableConfig getConfiguration() {
      return context.getConfiguration();
    }

    @Override
    public ClassLoader getClassLoader() {
      return context.getClassLoader();
    }

    @Override
    public boolean isTemporary() {
      return context.isTemporary();
    }

    @Override
    public String toString() {
      return context.getObjectIdentifier().asSummaryString();
    }
  }
}
