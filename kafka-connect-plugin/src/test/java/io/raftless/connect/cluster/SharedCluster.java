package io.raftless.connect.cluster;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One cluster for all tests that ask for it: starting one takes longer than most of them. */
final class SharedCluster implements ParameterResolver {
  private static final ExtensionContext.Namespace OURS =
      ExtensionContext.Namespace.create(SharedCluster.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext extension) {
    return parameter.getParameter().getType() == ConnectCluster.class;
  }

  /** It is stopped with the store that holds it, after the last test. */
  @Override
  public ConnectCluster resolveParameter(ParameterContext parameter, ExtensionContext extension) {
    return extension
        .getRoot()
        .getStore(OURS)
        .getOrComputeIfAbsent(
            ConnectCluster.class, type -> ConnectCluster.start("shared"), ConnectCluster.class);
  }
}
