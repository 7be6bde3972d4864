package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.connect.sink.ScriptedStore.Answer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Something goes wrong at each step of a task; afterwards the log has every record once. */
class SinkStepsTest {
  private static final TopicPartition ID = new TopicPartition("orders", 0);

  /** The requests of a task, in the order in which it makes them. */
  enum Step {
    OPEN_CREATES_THE_LOG(ScriptedStore.DESCRIPTOR),
    OPEN_ACQUIRES(ScriptedStore.HEAD),
    OPEN_STORES_THE_POSITION(ScriptedStore.HEAD),
    PUT_UPLOADS(ScriptedStore.WAL),
    PUT_APPENDS(ScriptedStore.HEAD),
    COMMIT_UPLOADS(ScriptedStore.WAL),
    COMMIT_APPENDS(ScriptedStore.HEAD),
    COMMIT_STORES_THE_POSITION(ScriptedStore.HEAD);

    private final Predicate<String> keys;

    Step(Predicate<String> keys) {
      this.keys = keys;
    }
  }

  static Stream<Arguments> stepsAndFaults() {
    return Stream.of(Step.values())
        .flatMap(
            step ->
                Stream.of(Answer.values())
                    .filter(answer -> answer != Answer.HONEST)
                    .map(answer -> Arguments.of(step, answer)));
  }

  /** Of one try of a task; the step is armed right before its part begins. */
  private static final class Run {
    private final SinkWorld world;
    private final ScriptedStore store;
    private final Step step;
    private final Answer answer;
    private final boolean hangs;
    private AtomicReference<String> hit = new AtomicReference<>("");

    Run(SinkWorld world, ScriptedStore store, Step step, Answer answer) {
      this.world = world;
      this.store = store;
      this.step = step;
      this.answer = answer;
      this.hangs = answer == Answer.HANGS || answer == Answer.HANGS_AFTERWARDS;
    }

    private void arm(Step now) {
      if (step == now) {
        hit = store.once(step.keys, answer);
      }
    }

    private boolean isOver() {
      return hangs && !hit.get().isEmpty();
    }

    /** Ends early if the request hangs: that is the crash. */
    void play(FakeWorker worker) {
      arm(Step.OPEN_CREATES_THE_LOG);
      arm(Step.OPEN_ACQUIRES);
      if (step == Step.OPEN_STORES_THE_POSITION) {
        // The first write of the head is the acquire.
        int[] heads = {0};
        store.follow(
            key -> {
              if (!ScriptedStore.HEAD.test(key) || ++heads[0] != 2) {
                return Answer.HONEST;
              }
              hit.set(key);
              return answer;
            });
      }
      world.kafka.produce(ID, 25);
      worker.assign(ID);
      if (isOver()) {
        return;
      }
      arm(Step.PUT_UPLOADS);
      arm(Step.PUT_APPENDS);
      turnUntilWritten(worker, 25);
      if (isOver()) {
        return;
      }
      arm(Step.COMMIT_UPLOADS);
      arm(Step.COMMIT_APPENDS);
      world.kafka.produce(ID, 5);
      worker.turn();
      worker.commit();
      if (isOver()) {
        return;
      }
      turnUntilWritten(worker, 30);
      arm(Step.COMMIT_STORES_THE_POSITION);
      world.kafka.produceFiltered(ID, 3);
      worker.turn();
      worker.commit();
      if (isOver()) {
        return;
      }
      world.kafka.produce(ID, 4);
      worker.turn();
      worker.revoke(List.of(ID));
    }

    private void turnUntilWritten(FakeWorker worker, int records) {
      worker.turnUntil(
          records + " are written, or it hangs",
          () -> {
            world.clock.addAndGet(100);
            return isOver()
                || (world.kafka.latest(ID) >= records
                    && !hit(worker)
                    && world.written(ID).size() >= records);
          });
    }

    /** Reading the log makes no sense before it is there. */
    private boolean hit(FakeWorker worker) {
      return !worker.is(ID, PartitionState.OPEN);
    }
  }

  @ParameterizedTest
  @MethodSource("stepsAndFaults")
  void everyRecordIsThereOnceWhateverHappensAtAStep(Step step, Answer answer) {
    try (SinkWorld world = new SinkWorld()) {
      boolean hangs = answer == Answer.HANGS || answer == Answer.HANGS_AFTERWARDS;
      long openTimeout = hangs && step.name().startsWith("OPEN") ? 300 : 10_000;
      long flushTimeout = hangs ? 300 : 10_000;
      world.with(
          settings ->
              settings.withPatience(
                  new SinkSettings.Patience(
                      openTimeout, flushTimeout, SinkWorld.FENCED_RETRY, 100, 1_000, -1)));
      ScriptedStore store = new ScriptedStore(world.honest);
      FakeWorker worker = world.worker(store);
      Run run = new Run(world, store, step, answer);
      run.play(worker);
      assertThat(run.hit.get()).as("the step came").isNotEmpty();
      store.heal();

      FakeWorker successor = world.worker();
      successor.assign(ID);
      world.kafka.produce(ID, 2);
      successor.turnUntil(
          "all is written",
          () -> {
            world.clock.addAndGet(100);
            successor.commit();
            return successor.is(ID, PartitionState.OPEN)
                && world.written(ID).size() == world.kafka.expected(ID).size();
          });
      world.assertExactlyOnce(ID);

      // What hung happens now, and the first task goes on as if nothing had been.
      store.land();
      world.kafka.produce(ID, 20);
      if (worker.engine.state(ID).isPresent()) {
        for (int i = 0; i < 10; i++) {
          worker.turn();
          worker.commit();
        }
        assertThat(world.written(ID)).doesNotHaveDuplicates();
        worker.lose(List.of(ID));
      }
      successor.turnUntil(
          "all is written",
          () -> {
            // One that was stalled in open may have acquired after its successor, which comes back.
            world.clock.addAndGet(SinkWorld.FENCED_RETRY / 10);
            successor.commit();
            return world.written(ID).size() >= world.kafka.expected(ID).size();
          });
      world.assertExactlyOnce(ID);
    }
  }

  @Test
  void everyRecordIsThereOnceIfNothingHappens() {
    try (SinkWorld world = new SinkWorld()) {
      ScriptedStore store = new ScriptedStore(world.honest);
      FakeWorker worker = world.worker(store);
      new Run(world, store, Step.OPEN_ACQUIRES, Answer.HONEST).play(worker);

      world.assertExactlyOnce(ID);
      assertThat(world.position(ID).nextOffset()).isEqualTo(37);
      assertThat(world.kafka.committed).containsEntry(ID, 37L);
    }
  }
}
