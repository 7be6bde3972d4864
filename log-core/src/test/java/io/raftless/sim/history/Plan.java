package io.raftless.sim.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What clients did to a log that does one thing at a time: operations with the moments at which
 * they were made, took effect and were answered. As planned it fits one log; after a {@link
 * #corrupt} it may not.
 */
final class Plan {
  private static final int SPACE = 10;
  private static final List<Reason> REASONS =
      List.copyOf(new Call.Append("any", List.of("any")).refusals());

  /** An operation: to be made and answered, or not. */
  record Planned(String client, long invoked, Call call, long answered, @Nullable Answer answer) {
    Planned with(@Nullable Answer other) {
      return new Planned(client, invoked, call, answered, other);
    }
  }

  private final Random random;
  private final List<Planned> operations = new ArrayList<>();
  private long finalStart;
  private long finalBase;
  private @Nullable List<History.Piece> finalPieces;

  // The log.
  private final List<String> records = new ArrayList<>();
  private final List<String> appended = new ArrayList<>();
  private final Map<String, Long> bases = new HashMap<>();
  private final Map<String, List<String>> batches = new TreeMap<>();
  private long start;
  private boolean isFenced;
  private long generation;
  private long version;
  private final Map<String, Long> epochs = new HashMap<>();
  private final Map<String, String> holders = new HashMap<>();

  /** By writer id: the last epoch that anybody was told. */
  private final Map<String, Long> told = new HashMap<>();

  private final List<long[]> views = new ArrayList<>();

  // The clients.
  private final Map<String, Long> busyUntil = new HashMap<>();
  private final Map<String, Integer> viewOf = new HashMap<>();
  private long moment;
  private final int clients;

  Plan(Random random, int size, int clients) {
    this.random = random;
    this.clients = clients;
    views.add(new long[] {0, 0});
    while (operations.size() < size) {
      moment += SPACE;
      perform();
      views.add(new long[] {records.size(), start});
    }
    if (random.nextBoolean()) {
      showEnd();
    }
  }

  private void showEnd() {
    List<History.Piece> pieces = new ArrayList<>();
    finalStart = start;
    finalBase = records.size();
    for (int i = appended.size() - 1; i >= 0 && (finalBase > start || chance(60)); i--) {
      String batch = appended.get(i);
      int count = batch(batch).size();
      pieces.add(0, new History.Piece(chance(90) ? batch : null, count));
      finalBase -= count;
    }
    finalPieces = pieces;
  }

  private List<String> batch(String name) {
    return batches.getOrDefault(name, List.of());
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private void perform() {
    int kind = random.nextInt(100);
    if (kind < 45) {
      append();
    } else if (kind < 65) {
      read();
    } else if (kind < 75) {
      add("tail", new Call.Tail(), new Answer.Offset(records.size()), null);
    } else if (kind < 78) {
      add("start", new Call.Start(), new Answer.Offset(start), null);
    } else if (kind < 82) {
      fence();
    } else if (kind < 88) {
      unfence();
    } else if (kind < 95) {
      acquire();
    } else {
      trim();
    }
  }

  private void append() {
    String name;
    if (batches.isEmpty() || chance(75)) {
      name = "b" + batches.size();
      List<String> content = new ArrayList<>();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        content.add(name + "." + i);
      }
      batches.put(name, content);
    } else {
      name = "b" + random.nextInt(batches.size());
    }
    Long expected = chance(20) ? Long.valueOf(records.size() - (chance(30) ? 1L : 0L)) : null;
    if (expected != null && expected < 0) {
      expected = null;
    }
    String writer = chance(50) ? "w" + random.nextInt(2) : null;
    Long epoch =
        writer == null
            ? null
            : Long.valueOf(told.getOrDefault(writer, 7L) - (chance(20) ? 1L : 0L));
    Call.Append call = new Call.Append(name, batch(name), expected, writer, epoch);
    Long base = bases.get(name);
    if (base == null && chance(4)) {
      add("append", call, new Answer.Failed(), null);
      return;
    }
    if (chance(2)) {
      add("append", call, new Answer.Rejected(Reason.EXPIRED), null);
      return;
    }
    Reason reason = base != null ? null : refusal(expected, writer, epoch);
    if (reason != null) {
      add("append", call, new Answer.Rejected(reason), null);
      return;
    }
    int fate = random.nextInt(100);
    if (fate < 6) {
      lost("append", call); // It never arrives.
      return;
    }
    long at = base != null ? base : records.size();
    if (base == null) {
      bases.put(name, at);
      appended.add(name);
      records.addAll(batch(name));
      version++;
    }
    if (fate < 14) {
      lost("append", call);
    } else {
      add("append", call, new Answer.Appended(at), null);
    }
  }

  private @Nullable Reason refusal(
      @Nullable Long expected, @Nullable String writer, @Nullable Long epoch) {
    if (isFenced) {
      return Reason.LOG_FENCED;
    }
    if (writer != null && !epochs.containsKey(writer)) {
      return Reason.UNKNOWN_WRITER;
    }
    if (writer != null && epoch != null && !epoch.equals(epochs.get(writer))) {
      return Reason.WRITER_FENCED;
    }
    return expected != null && expected != records.size() ? Reason.WRONG_OFFSET : null;
  }

  private void read() {
    boolean isFresh = chance(35);
    String client = "reader" + random.nextInt(clients);
    int least = viewOf.getOrDefault(client, 0);
    int seen =
        isFresh || chance(50) ? views.size() - 1 : least + random.nextInt(views.size() - least);
    long[] view = views.get(seen);
    long from = random.nextInt((int) view[0] + 2);
    Call.Read call = new Call.Read(from, isFresh);
    Answer answer;
    if (from > view[0]) {
      answer = new Answer.Rejected(Reason.WRONG_OFFSET);
    } else if (from < view[1] && chance(30)) {
      answer = new Answer.Rejected(Reason.TRIMMED);
    } else {
      long base = Math.max(from, view[1]);
      long most = view[0] - base;
      long count = isFresh || most == 0 ? most : 1 + random.nextInt((int) most);
      answer = new Answer.Records(base, records.subList((int) base, (int) (base + count)));
    }
    if (add("read", call, answer, client)) {
      viewOf.put(client, seen);
    }
  }

  private void fence() {
    generation++;
    isFenced = true;
    addOrLose("admin", new Call.Fence(), new Answer.Generation(generation));
  }

  private void unfence() {
    if (isFenced && chance(85)) {
      isFenced = false;
      generation++;
      addOrLose("admin", new Call.Unfence(generation - 1), new Answer.Generation(generation));
    } else {
      add(
          "admin",
          new Call.Unfence(isFenced ? generation + 1 : generation),
          new Answer.Rejected(Reason.OTHER_GENERATION),
          null);
    }
  }

  private void acquire() {
    String writer = "w" + random.nextInt(2);
    version++;
    String before = holders.get(writer);
    if (before != null && chance(30)) {
      long epoch = epochs.getOrDefault(writer, 0L);
      told.put(writer, epoch);
      add("acquire", new Call.Acquire(writer, before), new Answer.Epoch(epoch), null);
      return;
    }
    if (before != null && chance(20)) {
      add(
          "acquire",
          new Call.Acquire(writer, "old"),
          new Answer.Rejected(Reason.WRITER_FENCED),
          null);
      return;
    }
    String holder = "h" + version;
    version += 7;
    holders.put(writer, holder);
    epochs.put(writer, version);
    if (addOrLose("acquire", new Call.Acquire(writer, holder), new Answer.Epoch(version))) {
      told.put(writer, version);
    }
  }

  private void trim() {
    if (chance(20)) {
      add(
          "trim",
          new Call.Trim(records.size() + 1),
          new Answer.Rejected(Reason.WRONG_OFFSET),
          null);
      return;
    }
    long to = random.nextInt(records.size() + 1);
    start = Math.max(start, to);
    addOrLose("trim", new Call.Trim(to), new Answer.Offset(start));
  }

  /** Whether it was added. */
  private boolean addOrLose(String kind, Call call, Answer answer) {
    if (chance(15)) {
      lost(kind, call);
      return false;
    }
    return add(kind, call, answer, null);
  }

  /** Takes effect now, in an interval around it. */
  private boolean add(String kind, Call call, Answer answer, @Nullable String wanted) {
    long invoked = Math.max(0, moment - random.nextInt(4 * SPACE));
    long answered = moment + 1 + random.nextInt(4 * SPACE);
    String client = wanted == null ? kind + random.nextInt(clients) : wanted;
    long free = busyUntil.getOrDefault(client, 0L);
    // A stream may make the next append before the answer to the last one, readers must not.
    if (free >= moment && wanted != null) {
      return false;
    }
    if (free >= invoked) {
      if (free < moment) {
        invoked = free + 1;
      } else {
        client = kind + "-" + operations.size();
      }
    }
    busyUntil.put(client, answered);
    operations.add(new Planned(client, invoked, call, answered, answer));
    return true;
  }

  /** Takes effect now or never, and nobody is told, or it is told long before. */
  private void lost(String kind, Call call) {
    long invoked = Math.max(0, moment - random.nextInt(12 * SPACE));
    long answered = invoked + 1 + random.nextInt(6 * SPACE);
    String client = kind + "-" + operations.size();
    operations.add(
        new Planned(client, invoked, call, answered, chance(50) ? new Answer.Unknown() : null));
  }

  int size() {
    return operations.size();
  }

  History history() {
    History history = new History();
    List<Planned> sorted = new ArrayList<>(operations);
    sorted.sort(Comparator.comparingLong(Planned::invoked));
    for (Planned planned : sorted) {
      int id = history.invoke(planned.client(), planned.invoked(), planned.call());
      if (planned.answer() != null) {
        history.answer(id, planned.answered(), planned.answer());
      }
    }
    if (finalPieces != null) {
      history.finalLog(finalStart, finalBase, finalPieces);
    }
    return history;
  }

  // ---- corruption

  /** Changes one thing; says what, or null if there was nothing to change. */
  @Nullable String corrupt() {
    int at = random.nextInt(operations.size());
    Planned one = operations.get(at);
    Answer answer = one.answer();
    switch (random.nextInt(9)) {
      case 0 -> {
        return corruptEnd();
      }
      case 1 -> {
        operations.remove(at);
        return operations.isEmpty() ? restore(one) : "left out " + one;
      }
      case 2 -> {
        if (!(one.call() instanceof Call.Append)) {
          return null;
        }
        Reason reason = REASONS.get(random.nextInt(REASONS.size()));
        if (!one.call().refusals().contains(reason)) {
          return null;
        }
        operations.set(at, one.with(new Answer.Rejected(reason)));
        return "refused without cause " + one;
      }
      case 3 -> {
        operations.set(at, one.with(chance(50) ? new Answer.Failed() : new Answer.Unknown()));
        return "called failed or unknown " + one;
      }
      case 4 -> {
        boolean isLater = chance(50);
        long invoked = isLater ? one.answered() : Math.max(0, one.invoked() - 5 * SPACE);
        long answered = isLater ? one.answered() + 5 * SPACE : one.invoked();
        operations.set(
            at,
            new Planned(one.client(), invoked, one.call(), Math.max(invoked, answered), answer));
        return "moved " + one;
      }
      case 5 -> {
        Call other = other(one.call());
        if (other == null) {
          return null;
        }
        operations.set(at, new Planned(one.client(), one.invoked(), other, one.answered(), answer));
        return "asked for " + other + " instead of " + one;
      }
      default -> {
        Answer other = answer == null ? null : other(one, answer);
        if (other == null || !one.call().takes(other)) {
          return null;
        }
        operations.set(at, one.with(other));
        return "told " + other + " instead of " + one;
      }
    }
  }

  private String restore(Planned one) {
    operations.add(one);
    return "nothing";
  }

  private @Nullable Call other(Call call) {
    if (call instanceof Call.Acquire acquire) {
      return new Call.Acquire(acquire.writerId(), "h" + 8 * random.nextInt(4));
    }
    if (call instanceof Call.Append append && append.expectedNextOffset() != null) {
      return new Call.Append(
          append.batch(),
          append.records(),
          Math.max(0, append.expectedNextOffset() + (chance(50) ? 1 : -1)),
          append.writerId(),
          append.epoch());
    }
    return null;
  }

  private @Nullable Answer other(Planned one, Answer answer) {
    long step = chance(50) ? 1 : -1;
    if (answer instanceof Answer.Appended appended) {
      return new Answer.Appended(Math.max(0, appended.base() + step));
    }
    if (answer instanceof Answer.Offset offset) {
      return new Answer.Offset(Math.max(0, offset.offset() + step));
    }
    if (answer instanceof Answer.Generation told) {
      return new Answer.Generation(told.generation() + step);
    }
    if (answer instanceof Answer.Epoch epoch) {
      return new Answer.Epoch(Math.max(0, epoch.epoch() + 7 * step));
    }
    if (answer instanceof Answer.Rejected && one.call() instanceof Call.Append) {
      return new Answer.Appended(random.nextInt(records.size() + 1));
    }
    if (answer instanceof Answer.Records read && !read.records().isEmpty()) {
      List<String> changed = new ArrayList<>(read.records());
      int index = random.nextInt(changed.size());
      switch (random.nextInt(4)) {
        case 0 -> changed.remove(index);
        case 1 -> changed.add(index, changed.get(index));
        case 2 -> changed.add(changed.remove(index));
        default -> {
          return new Answer.Records(Math.max(0, read.base() + step), changed);
        }
      }
      return new Answer.Records(read.base(), changed);
    }
    return null;
  }

  private @Nullable String corruptEnd() {
    List<History.Piece> pieces = finalPieces;
    if (pieces == null || pieces.isEmpty()) {
      return null;
    }
    List<History.Piece> changed = new ArrayList<>(pieces);
    int index = random.nextInt(changed.size());
    switch (random.nextInt(4)) {
      case 0 -> changed.remove(index);
      case 1 -> changed.add(index, changed.get(index));
      case 2 -> changed.add(changed.remove(index));
      default -> finalStart++;
    }
    finalPieces = changed;
    return "another end";
  }
}
