package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.connect.sink.ScriptedStore.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tasks with a store that fails, partitions that move, sessions that end unnoticed, in any order.
 * The logs are at any time a beginning of what was produced, and in the end all of it. A seed is
 * repeated with {@code -Draftless.sink.seed}.
 */
class SinkRandomTest {
  private static final int STEPS = 150;
  private static final List<TopicPartition> IDS =
      IntStream.range(0, 4).mapToObj(number -> new TopicPartition("orders", number)).toList();

  static LongStream seeds() {
    String seed = System.getProperty("raftless.sink.seed");
    return seed == null ? new Random().longs(3) : LongStream.of(Long.parseLong(seed));
  }

  private static final class Group {
    private final SinkWorld world;
    private final Random random;
    private final List<FakeWorker> workers = new ArrayList<>();
    private final List<ScriptedStore> stores = new ArrayList<>();

    /** Who has a partition by right. */
    private final Map<TopicPartition, FakeWorker> owners = new HashMap<>();

    /** Who believes to have it. */
    private final Map<FakeWorker, Set<TopicPartition>> beliefs = new HashMap<>();

    Group(SinkWorld world, Random random) {
      this.world = world;
      this.random = random;
    }

    FakeWorker start() {
      ScriptedStore store = new ScriptedStore(world.honest);
      store.follow(key -> answer());
      stores.add(store);
      FakeWorker worker = world.worker(store);
      worker.maxPoll = 1 + random.nextInt(20);
      workers.add(worker);
      beliefs.put(worker, new LinkedHashSet<>());
      return worker;
    }

    private Answer answer() {
      int dice;
      // Store threads ask as well.
      synchronized (random) {
        dice = random.nextInt(100);
      }
      if (dice < 4) {
        return Answer.REFUSED;
      }
      if (dice < 7) {
        return Answer.REQUEST_LOST;
      }
      if (dice < 11) {
        return Answer.RESPONSE_LOST;
      }
      return dice < 12 ? Answer.HANGS : Answer.HONEST;
    }

    void assign(TopicPartition id, FakeWorker to) {
      owners.put(id, to);
      if (beliefs.get(to).add(id)) {
        to.assign(id);
      }
    }

    FakeWorker any() {
      return workers.get(random.nextInt(workers.size()));
    }

    void step() {
      TopicPartition id = IDS.get(random.nextInt(IDS.size()));
      FakeWorker worker = any();
      FakeWorker owner = owners.get(id);
      int dice;
      synchronized (random) {
        dice = random.nextInt(100);
      }
      if (dice < 25) {
        world.kafka.produce(id, 1 + random.nextInt(20));
      } else if (dice < 30) {
        world.kafka.produceFiltered(id, 1 + random.nextInt(5));
      } else if (dice < 35) {
        world.kafka.skip(id, 1 + random.nextInt(5));
      } else if (dice < 60) {
        worker.turn();
      } else if (dice < 70) {
        worker.commit();
      } else if (dice < 80) {
        world.clock.addAndGet(random.nextInt(6_000));
      } else if (dice < 85) {
        stores.get(random.nextInt(stores.size())).land();
      } else if (dice < 91) {
        // A rebalance that the owner hears of.
        owner.revoke(List.of(id));
        beliefs.get(owner).remove(id);
        assign(id, worker);
      } else if (dice < 96) {
        // One that it does not hear of; it goes on.
        assign(id, worker);
      } else if (dice < 98) {
        // It hears of all that it missed.
        List<TopicPartition> lost =
            beliefs.get(worker).stream().filter(one -> owners.get(one) != worker).toList();
        worker.lose(lost);
        beliefs.get(worker).removeAll(lost);
      } else {
        world.clock.addAndGet(SinkWorld.FENCED_RETRY);
      }
    }

    /** The store is well, everybody knows what is theirs, and what hung has happened. */
    void calm() {
      stores.forEach(ScriptedStore::heal);
      stores.forEach(ScriptedStore::land);
      for (FakeWorker worker : workers) {
        List<TopicPartition> lost =
            beliefs.get(worker).stream().filter(one -> owners.get(one) != worker).toList();
        worker.lose(lost);
        beliefs.get(worker).removeAll(lost);
      }
    }

    boolean isAllWritten() {
      for (FakeWorker worker : workers) {
        worker.turn();
        worker.commit();
      }
      world.clock.addAndGet(1_000);
      stores.forEach(ScriptedStore::land);
      return IDS.stream()
          .allMatch(id -> world.written(id).size() >= world.kafka.expected(id).size());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyRecordIsWrittenOnceInOrder(long seed) {
    System.out.println("-Draftless.sink.seed=" + seed);
    Random random = new Random(seed);
    try (SinkWorld world = new SinkWorld()) {
      world.with(
          settings ->
              settings.withPatience(
                  new SinkSettings.Patience(150, 150, SinkWorld.FENCED_RETRY, 100, 1_000, -1)));
      IDS.forEach(id -> world.kafka.produce(id, 1));
      FakeWorker first = world.worker();
      first.assign(IDS);
      first.turn();
      first.revoke(IDS);
      Group group = new Group(world, random);
      group.start();
      group.start();
      IDS.forEach(id -> group.assign(id, group.any()));
      for (int i = 0; i < STEPS; i++) {
        group.step();
        if (i % 15 == 0) {
          for (TopicPartition id : IDS) {
            List<String> written = world.written(id);
            assertThat(written)
                .as("step %d", i)
                .isEqualTo(world.kafka.expected(id).subList(0, written.size()));
          }
        }
      }
      group.calm();
      FakeWorker any = group.any();
      any.turnUntil("all is written", group::isAllWritten);
      world.assertExactlyOnce(IDS.toArray(TopicPartition[]::new));
    }
  }
}
