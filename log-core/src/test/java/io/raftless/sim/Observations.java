package io.raftless.sim;

import io.raftless.log.StagedBatch;
import io.raftless.log.WriterClaim;
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

  private final Journal journal;
  private final List<History> histories = new ArrayList<>();
  private final List<Staged> staged = new ArrayList<>();
  private final List<Told> told = new ArrayList<>();
  private final Map<Asked, Call> calls = new HashMap<>();
  private final Map<Asked, String> callers = new HashMap<>();
  private final Set<String> acknowledged = new HashSet<>();
  private final Map<String, Integer> records = new HashMap<>();
  private final Map<String, Integer> streams = new HashMap<>();
  private long lastFence;
  private Listener listener = new Listener() {};

  /** Who hears of it at once; does nothing where it says nothing else. */
  interface Listener {
    /** A client asks. */
    default void asked(Asked asked, String client, Call call) {}

    /** A client is told. */
    default void told(Asked asked, String client, Call call, Answer answer) {}

    /** An append that will be asked for carries a position. */
    default void carries(String batch, String position) {}

    /** A position will be stored alone. */
    default void stores(WriterClaim claim, @Nullable String expected, String position) {}
  }

  Observations(Journal journal) {
    this.journal = journal;
    for (int partition = 0; partition < Plan.MOST_PARTITIONS; partition++) {
      histories.add(new History());
    }
  }

  /** From now on this one hears of everything. */
  void listen(Listener who) {
    listener = who;
  }

  Listener listener() {
    return listener;
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
    listener.asked(asked, client, call);
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
    listener.told(asked, client, call, answer);
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
