package io.raftless.sim;

import io.raftless.log.StagedBatch;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.sim.history.History;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What clients asked and were told, and what they keep outside of their machines: staged batches,
 * as a checkpoint would. Nothing here is lost in a crash.
 */
final class Observations {

  /**
   * A call under way.
   *
   * @param id in the history of its partition
   */
  record Asked(int partition, int id) {}

  /**
   * A batch that was uploaded and may be committed, by anybody, any number of times.
   *
   * @param records the texts of its records
   */
  record Staged(StagedBatch batch, List<String> records) {
    /** Its label: a batch is known by it wherever it is committed. */
    String name() {
      return batch.batch().label().toString();
    }
  }

  /** What one client was told of a call, in the order of the journal. */
  record Told(int number, String client, int partition, Call call, Answer answer) {}

  /** Who hears at once of what is asked and told. */
  interface Listener {
    Listener NOBODY = (machine, call, answer) -> {};

    /**
     * A machine asked or was told.
     *
     * @param answer null if it asked
     */
    void heard(Machine machine, Call call, @Nullable Answer answer);
  }

  private final Journal journal;
  private final List<History> histories = new ArrayList<>();
  private final List<Staged> staged = new ArrayList<>();
  private final List<Told> told = new ArrayList<>();
  private final Map<Asked, Call> calls = new HashMap<>();
  private final Map<Asked, String> callers = new HashMap<>();
  private final Set<String> acknowledged = new HashSet<>();
  private final Map<String, Integer> records = new HashMap<>();
  private final Map<String, Integer> streams = new HashMap<>();
  private Listener listener = Listener.NOBODY;
  private long lastFence;

  Observations(Journal journal) {
    this.journal = journal;
    for (int partition = 0; partition < Plan.MOST_PARTITIONS; partition++) {
      histories.add(new History());
    }
  }

  void listen(Listener other) {
    listener = other;
  }

  History history(int partition) {
    return histories.get(partition);
  }

  /** A text that no other record has. */
  String newRecord(String client) {
    return client + "/" + (records.merge(client, 1, Integer::sum) - 1);
  }

  /** A name of a stream that no other has. */
  String newStream(String client) {
    return client + "~" + (streams.merge(client, 1, Integer::sum) - 1);
  }

  Asked asked(Machine machine, String client, int partition, Call call) {
    int time =
        journal.add(
            Journal.Kind.CALLED,
            machine,
            null,
            client + " asks partition " + partition + ": " + call);
    Asked asked = new Asked(partition, histories.get(partition).invoke(client, time, call));
    calls.put(asked, call);
    callers.put(asked, client);
    listener.heard(machine, call, null);
    return asked;
  }

  void told(Machine machine, Asked asked, Answer answer) {
    Call call = calls.remove(asked);
    String client = callers.remove(asked);
    if (call == null || client == null) {
      throw new IllegalStateException(asked + " was answered before");
    }
    int time =
        journal.add(
            Journal.Kind.TOLD,
            machine,
            null,
            client + " hears of partition " + asked.partition() + ": " + answer + " to " + call);
    histories.get(asked.partition()).answer(asked.id(), time, answer);
    told.add(new Told(time, client, asked.partition(), call, answer));
    listener.heard(machine, call, answer);
  }

  /** What was asked of a partition and not answered. */
  List<Call> unanswered(int partition) {
    return calls.entrySet().stream()
        .filter(entry -> entry.getKey().partition() == partition)
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Everything that anybody was told. */
  List<Told> told() {
    return told;
  }

  void keep(Staged batch) {
    staged.add(batch);
  }

  List<Staged> staged() {
    return staged;
  }

  /** The generation of the fence that somebody made last; 0 if nobody did. */
  long lastFence() {
    return lastFence;
  }

  void fenced(long generation) {
    lastFence = generation;
  }

  /** Whether nobody else was told that it acknowledged this record in this generation. */
  boolean acknowledgedFirst(int partition, long generation, long offset) {
    return acknowledged.add(partition + "/" + generation + "/" + offset);
  }
}
