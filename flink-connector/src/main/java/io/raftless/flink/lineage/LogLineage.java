package io.raftless.flink.lineage;

import io.raftless.log.LogId;
import io.raftless.store.StoreFactory;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.streaming.api.lineage.DatasetConfigFacet;
import org.apache.flink.streaming.api.lineage.LineageDataset;
import org.apache.flink.streaming.api.lineage.LineageDatasetFacet;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.SourceLineageVertex;

/**
 * Logs as datasets: the name is {@code prefix/log}, the namespace {@code raftless://} and the
 * location of the store. Of a store without a location it is the prefix of the log, which tells
 * apart less.
 */
@Internal
public final class LogLineage {
  private static final String SCHEME = "raftless://";

  private LogLineage() {}

  /**
   * The vertex of a sink.
   *
   * @param config what else is to be known of the sink; no secrets
   */
  public static LineageVertex sink(StoreFactory store, LogId log, Map<String, String> config) {
    return new SinkVertex(List.of(dataset(store, log, config)));
  }

  /** The vertex of a source. */
  public static SourceLineageVertex source(
      StoreFactory store, Collection<LogId> logs, Boundedness boundedness) {
    return new SourceVertex(
        logs.stream().map(log -> dataset(store, log, Map.of())).toList(), boundedness);
  }

  private static LineageDataset dataset(StoreFactory store, LogId log, Map<String, String> config) {
    Map<String, LineageDatasetFacet> facets =
        config.isEmpty() ? Map.of() : Map.of(ConfigFacet.NAME, new ConfigFacet(config));
    return new LogDataset(log.toString(), SCHEME + store.location().orElse(log.prefix()), facets);
  }

  private record LogDataset(String name, String namespace, Map<String, LineageDatasetFacet> facets)
      implements LineageDataset {}

  private record SinkVertex(List<LineageDataset> datasets) implements LineageVertex {}

  private record SourceVertex(List<LineageDataset> datasets, Boundedness boundedness)
      implements SourceLineageVertex {}

  private record ConfigFacet(Map<String, String> config) implements DatasetConfigFacet {
    static final String NAME = "config";

    ConfigFacet {
      config = Map.copyOf(config);
    }

    @Override
    public String name() {
      return NAME;
    }
  }
}
