package io.raftless.sim;

import java.util.ArrayList;
import java.util.List;

/** Kinds of plans, for what is rare in the usual ones. */
enum Emphasis {
  /** The plans that every build runs. */
  usual {
    @Override
    Plan plan(long seed) {
      return Plan.of(seed);
    }
  },

  /** Nothing works as it should. */
  stormy {
    @Override
    Plan plan(long seed) {
      return Plan.of(seed).withFaults(new Faults(0.4, 0.1, 0.3, 0, 0.05));
    }
  },

  /** Keepers and readers of other seeds come as well. */
  crowded {
    @Override
    Plan plan(long seed) {
      Plan plan = Plan.of(seed);
      List<Plan.Client> clients = new ArrayList<>(plan.clients());
      for (int more = 1; more <= 2; more++) {
        for (Plan.Client client : Plan.of(seed + more * 1_000_003L).clients()) {
          if (client.name().equals("keeper") || client.name().equals("reader")) {
            clients.add(
                new Plan.Client(
                    client.name() + more,
                    client.machine() % plan.machines().size(),
                    client.steps()));
          }
        }
      }
      return plan.withClients(clients);
    }
  };

  abstract Plan plan(long seed);
}
