package io.raftless.sim;

import io.raftless.log.WriterClaim;
import io.raftless.sim.check.Checks;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells the checks what happens in a run. */
final class CheckedRun implements Observations.Listener {
  private static final String ROOT = "p/log/";

  private final Observations observations;
  private final Consumer<Violation> report;
  private final Checks checks;

  /**
   * Watches a world from its beginning on.
   *
   * @param report hears of what is found when a client asks or is told: whoever tells it may
   *     swallow exceptions
   */
  CheckedRun(World world, Observations observations, Consumer<Violation> report) {
    this.observations = observations;
    this.report = report;
    this.checks = new Checks(ROOT, world.disk()::body);
    world.observe(this::tookEffect);
    observations.listen(this);
  }

  /** To be told by somebody who knows better what happened. */
  Checks checks() {
    return checks;
  }

  private void tookEffect(StoreRequest<?> request) {
    if (!request.isApplied()) {
      return;
    }
    String by = request.machine() + " #" + request.number();
    if (request.kind().isWrite()) {
      boolean isCreate = request.kind() == StoreRequest.Kind.CREATE;
      checks.written(request.key(), isCreate, request.body(), by);
    } else if (request.kind() == StoreRequest.Kind.DELETE) {
      checks.deleted(request.key(), by);
    }
  }

  /** Nothing happens any more. */
  void ended(List<Simulation.FinalState> finalStates) {
    for (Simulation.FinalState end : finalStates) {
      checks.ended(
          end.partition(),
          end.startOffset(),
          end.nextOffset(),
          end.records(),
          observations.history(end.partition()));
    }
  }

  private void checked(Runnable check) {
    try {
      check.run();
    } catch (Violation found) {
      report.accept(found);
    }
  }

  @Override
  public void asked(Observations.Asked asked, String client, Call call) {
    checked(() -> checks.asked(asked.partition(), asked.id(), client, call));
  }

  @Override
  public void told(Observations.Asked asked, String client, Call call, Answer answer) {
    checked(() -> checks.told(asked.partition(), asked.id(), client, call, answer));
  }

  @Override
  public void carries(String batch, String position) {
    checks.carries(batch, position);
  }

  @Override
  public void stores(WriterClaim claim, @Nullable String expected, String position) {
    checks.stores(claim.partition(), claim.writerId(), claim.epoch(), expected, position);
  }
}
