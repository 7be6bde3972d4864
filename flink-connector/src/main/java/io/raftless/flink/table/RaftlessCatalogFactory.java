package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.ALLOW_DROP;
import static io.raftless.flink.table.RaftlessConnectorOptions.BUCKET;
import static io.raftless.flink.table.RaftlessConnectorOptions.DEFAULT_DATABASE;
import static io.raftless.flink.table.RaftlessConnectorOptions.FORMAT;
import static io.raftless.flink.table.RaftlessConnectorOptions.PREFIX;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.CommonCatalogOptions;
import org.apache.flink.table.factories.CatalogFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * Makes catalogs with {@code 'type' = 'raftless'}: the logs below a key prefix are tables. Flink
 * finds it by itself.
 */
public final class RaftlessCatalogFactory implements CatalogFactory {

  /** For Flink. */
  public RaftlessCatalogFactory() {}

  @Override
  public String factoryIdentifier() {
    return RaftlessTableFactory.IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(BUCKET);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return TableFactories.union(
        StoreOptions.OPTIONAL, Set.of(DEFAULT_DATABASE, FORMAT, ALLOW_DROP));
  }

  @Override
  public Catalog createCatalog(Context context) {
    FactoryUtil.CatalogFactoryHelper helper = FactoryUtil.createCatalogFactoryHelper(this, context);
    helper.validate();
    ReadableConfig options = helper.getOptions();
    Map<String, String> storeOptions = new HashMap<>(context.getOptions());
    for (ConfigOption<?> ours : Set.of(DEFAULT_DATABASE, FORMAT, ALLOW_DROP)) {
      storeOptions.remove(ours.key());
    }
    storeOptions.remove(CommonCatalogOptions.CATALOG_TYPE.key());
    storeOptions.remove(FactoryUtil.PROPERTY_VERSION.key());
    LogNames.requirePrefix(options.get(PREFIX));
    return new RaftlessCatalog(
        context.getName(),
        options.get(DEFAULT_DATABASE),
        StoreOptions.toSettings(options),
        options.get(PREFIX),
        storeOptions,
        options.getOptional(FORMAT).orElse(null),
        options.get(ALLOW_DROP));
  }
}
