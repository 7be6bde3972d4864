package io.raftless.sim;

import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What clients live in: one run by a seed, or one of all the runs of a scenario. */
interface Environment {
  Plan plan();

  Observations observations();

  Reached reached();

  /** The handle that all clients on a machine share, as long as the machine lives. */
  RaftlessLog logOn(Machine machine);

  /** Waits before a client's step; on a strand of its machine. */
  void pause(Client client, int step, Random random);

  /** Waits a while before a client polls again; on a strand of its machine. */
  void pausePolling(Client client, Duration time);

  /** A client's step ended with an error of the API; not every one may be. */
  void expected(Client client, @Nullable Step step, RaftlessException trouble);

  /** Ends the run; to be used where an exception would be swallowed. */
  void report(Violation found);
}
