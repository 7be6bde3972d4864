package io.raftless.bench.simulated;

import io.raftless.bench.Stage;
import io.raftless.bench.sim.S3Model;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.store.ObjectStore;

/** Simulated S3s on one server in a process of its own. */
final class SimulatedStores {
  private static final int CONNECTIONS = 128;

  private final Stage stage;
  private final EmbeddedS3Process server;
  private final ObjectStore behind;
  private int made;

  SimulatedStores(Stage stage) {
    this.stage = stage;
    this.server = stage.startStore();
    this.behind = stage.add(Stage.settings(server).build().open());
  }

  /** What keeps the objects of all of them, without latencies and bills. */
  ObjectStore behind() {
    return behind;
  }

  /** Another one on the same server, with its own limits, bill and draws. */
  SimulatedS3 next() {
    return stage.add(
        new SimulatedS3(
            Stage.settings(server).maxConnections(CONNECTIONS).build().open(),
            S3Model.standard(),
            stage.seed() + made++));
  }
}
