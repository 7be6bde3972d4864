package io.raftless.connect.sink;

import java.util.HashMap;
import java.util.Map;

/** Options of a sink, as a worker hands them in. */
public final class Options {
  private final Map<String, String> all = new HashMap<>();

  private Options() {}

  /** The least that is valid. */
  public static Options valid() {
    return new Options()
        .with("name", "orders-sink")
        .with("connector.class", "io.raftless.connect.RaftlessSinkConnector")
        .with("topics", "orders")
        .with("bucket", "logs-bucket")
        .with("prefix", "logs")
        .with("topic.checks", "off");
  }

  public Options with(String option, String value) {
    all.put(option, value);
    return this;
  }

  public Options without(String option) {
    all.remove(option);
    return this;
  }

  public Map<String, String> map() {
    return Map.copyOf(all);
  }
}
