package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.format.RecordHeader;
import io.raftless.format.SegmentSettings;
import io.raftless.head.Head;
import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.index.Item;
import io.raftless.index.Segment;
import io.raftless.log.LogModel.Part;
import io.raftless.log.LogModel.Position;
import io.raftless.log.LogModel.Refusal;
import io.raftless.log.LogModel.Staged;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.RetentionOutcome;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.maintenance.VerifyReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.MemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does the same things to a log and to its model, and compares after each. The log is on a store in
 * memory, with an index whose levels are as small as they may be, and with a clock that the steps
 * move: the same steps have the same results every time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Whoever compares answers waits for them.
final class ModelRun implements AutoCloseable {
  private static final LogId ID = LogId.of("model", "log");
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofMinutes(1), new IndexShape(4, 3, 2, 200));
  private static final int MOST_PARTITIONS = 4;
  private static final int MOST_THINGS = 4;
  private static final long LIMIT_SECONDS = 20;
  private static final int LOOK_EVERY = 12;
  private static final String[] WRITER_IDS = {"importer", "mirror"};
  private static final String[] HOLDERS = {"run-1", "run-2", "run-3", "run-4"};
  private static final String[] GROUPS = {"billing", "search"};

  private final MovableClock clock = new MovableClock();
  private final MemoryObjectStore store = new MemoryObjectStore(clock);
  private final Random random = new Random(42);
  private final LogAdmin admin = LogAdmin.of(store, OPTIONS);
  private final List<Handle> handles = new ArrayList<>();
  private final List<Writing> writers = new ArrayList<>();
  private int writersMade;
  private final List<Reading> readers = new ArrayList<>();
  private final List<Staged> staged = new ArrayList<>();
  private final List<WriterClaim> claims = new ArrayList<>();
  private final Map<Long, Long> fences = new TreeMap<>();
  private final List<String> trace = new ArrayList<>();
  private final SortedMap<String, Long> reached = new TreeMap<>();
  private LogModel current;
  private int madeRecords;
  private boolean isVacuumed;

  /** An open log, and what it is a handle of. */
  private record Handle(RaftlessLog log, LogModel model, Stager stager) {}

  /** Records that a writer keeps, and their futures. */
  private record Kept(List<LogRecord> records, List<CompletableFuture<Long>> offsets) {}

  /** A writer, and what it should know. */
  private static final class Writing {
    private final Handle handle;
    private final LogWriter writer;
    private final Map<Integer, WriterClaim> claims;
    private final SortedMap<Integer, Kept> kept = new TreeMap<>();
    private final Map<Integer, List<Class<? extends Throwable>>> poison = new HashMap<>();
    private boolean isClosed;

    Writing(Handle handle, LogWriter writer, Map<Integer, WriterClaim> claims) {
      this.handle = handle;
      this.writer = writer;
      this.claims = claims;
    }
  }

  /** A reader, and where it should be. */
  private static final class Reading {
    private final Handle handle;
    private final LogReader reader;
    private final ReaderOptions.OnTrimmed onTrimmed;
    private final SortedMap<Integer, Long> positions = new TreeMap<>();
    private final List<Integer> paused = new ArrayList<>();

    Reading(Handle handle, LogReader reader, ReaderOptions.OnTrimmed onTrimmed) {
      this.handle = handle;
      this.reader = reader;
      this.onTrimmed = onTrimmed;
    }
  }

  ModelRun() {
    RaftlessLog log = RaftlessLog.create(store, ID, 2, OPTIONS, runtime());
    current = new LogModel(log.incarnation(), 2);
    addHandle(log);
    addWriter(handles.get(0), Map.of());
  }

  private LogRuntime runtime() {
    return ModelRuntime.start(clock, random);
  }

  private Handle addHandle(RaftlessLog log) {
    if (handles.size() == MOST_THINGS) {
      close(handles.remove(0));
    }
    Handle handle = new Handle(log, current, log.newStager(StagerOptions.defaults()));
    handles.add(handle);
    return handle;
  }

  private Writing addWriter(Handle handle, Map<Integer, WriterClaim> held) {
    if (writers.size() == MOST_THINGS) {
      closeNow(writers.remove(0));
    }
    WriterOptions options =
        WriterOptions.defaults()
            .withLingerMillis(600_000)
            .withCompression(Compression.NONE)
            // Of every third writer, small batches are in objects.
            .withInlineBytes(writersMade++ % 3 == 2 ? 0 : 4 << 10);
    Writing made = new Writing(handle, handle.log.newWriter(options, held), held);
    writers.add(made);
    return made;
  }

  /** What states the run was in, and how often. */
  SortedMap<String, Long> reached() {
    return reached;
  }

  private void reach(String state) {
    reach(state, 1);
  }

  private void reach(String state, long times) {
    if (times > 0) {
      reached.merge(state, times, Long::sum);
    }
  }

  String trace() {
    return String.join("\n", trace);
  }

  // --------------------------------------------------------------------------------- comparing

  /** What came of an operation: a value, or what it failed with. */
  private record Answer(@Nullable Object value, @Nullable Throwable failure) {
    @Override
    public String toString() {
      return failure == null
          ? String.valueOf(value)
          : failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }
  }

  private static Answer answer(Callable<?> operation) {
    try {
      Object value = operation.call();
      if (value instanceof CompletableFuture<?> future) {
        value = future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      }
      return new Answer(value, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } catch (Exception e) {
      Throwable cause = e;
      while ((cause instanceof ExecutionException || cause instanceof CompletionException)
          && cause.getCause() != null) {
        cause = cause.getCause();
      }
      return new Answer(null, cause);
    }
  }

  /** The same, from the model; what is compared next may rely on what this one learned. */
  private Answer same(String what, Supplier<?> expected, Callable<?> actual) {
    Answer is = answer(actual);
    trace.add("    " + what + " -> " + is);
    Object value = null;
    List<Class<? extends Throwable>> kinds = List.of();
    try {
      value = expected.get();
    } catch (Refusal refusal) {
      kinds = refusal.kinds();
    }
    if (kinds.isEmpty()) {
      if (is.failure != null || !Objects.equals(value, is.value)) {
        throw wrong(what, String.valueOf(value), is);
      }
    } else {
      if (is.failure == null || !kinds.contains(is.failure.getClass())) {
        boolean isSubclass = false;
        for (Class<? extends Throwable> kind : kinds) {
          isSubclass |= kind.isInstance(is.failure);
        }
        if (!isSubclass) {
          throw wrong(what, kinds.toString(), is);
        }
      }
      reach("failed with " + kinds.get(0).getSimpleName());
    }
    return is;
  }

  private AssertionError wrong(String what, String expected, Answer is) {
    return new AssertionError(
        what + "\n  should be " + expected + "\n  but is    " + is + "\n" + trace(), is.failure);
  }

  private AssertionError wrong(String what) {
    return new AssertionError(what + "\n" + trace());
  }

  private static <T> T pick(List<T> all, int choice) {
    return all.get(choice % all.size());
  }

  /** Mostly one that there is, the first ones more often. */
  private int partition(int choice) {
    if (choice % 40 == 38) {
      return -1;
    }
    if (choice % 40 == 39) {
      return current.partitions();
    }
    return choice % 3 == 2 ? choice / 3 % current.partitions() : 0;
  }

  private Part part(int choice) {
    return current.part(choice % 3 == 2 ? choice / 3 % current.partitions() : 0);
  }

  /** Mostly one of the log that there is. */
  private Handle handle(int choice) {
    if (choice % 5 != 4) {
      List<Handle> live = handles.stream().filter(handle -> handle.model == current).toList();
      if (!live.isEmpty()) {
        return pick(live, choice / 5);
      }
    }
    return pick(handles, choice);
  }

  private long now() {
    return clock.millis();
  }

  private LogRecord record(Random choices) {
    madeRecords++;
    byte[] value = null;
    if (choices.nextInt(10) > 0) {
      value = new byte[choices.nextInt(400)];
      choices.nextBytes(value);
    }
    byte[] key = ("record " + madeRecords).getBytes(StandardCharsets.UTF_8);
    long timestamp = now() + choices.nextInt(10_000) - 5_000;
    List<RecordHeader> headers =
        choices.nextInt(5) == 0 ? List.of(new RecordHeader("h", value)) : List.of();
    return new LogRecord(key, value, headers, timestamp);
  }

  private List<LogRecord> records(Random choices, int most) {
    List<LogRecord> records = new ArrayList<>();
    for (int i = choices.nextInt(most); i >= 0; i--) {
      records.add(record(choices));
    }
    return records;
  }

  private static @Nullable String position(int choice) {
    if (choice % 20 == 19) {
      return "x".repeat(1_025);
    }
    return choice % 3 == 0 ? null : "{\"line\":" + choice % 7 + "}";
  }

  // -------------------------------------------------------------------------------------- steps

  void perform(ModelStep step) throws InterruptedException {
    clock.move(Duration.ofMillis(1));
    trace.add(trace.size() + " " + step + " at " + now());
    reach("step " + step.kind());
    reach("a handle knew less", handles.stream().filter(this::knowsLess).count());
    switch (step.kind()) {
      case TICK -> tick(step);
      case APPEND -> append(step);
      case APPEND_TOGETHER -> appendTogether(step);
      case BURST -> burst(step);
      case FLUSH -> flush(pick(writers, step.a()));
      case GO_ON -> goOn(step);
      case NEW_WRITER -> newWriter(step);
      case CLOSE_WRITER -> closeWriter(step);
      case STAGE -> stage(step);
      case COMMIT -> commit(step);
      case ACQUIRE -> acquire(step);
      case RELEASE -> release(step);
      case FORGET -> forget(step);
      case STORE_POSITION -> storePosition(step);
      case FENCE -> fence(step);
      case UNFENCE -> unfence(step);
      case ADD_PARTITIONS -> addPartitions(step);
      case SETTINGS -> settings(step);
      case REPLACE_SETTINGS -> replaceSettings(step);
      case DELETE -> delete(step);
      case CREATE -> create();
      case OPEN -> open();
      case CLOSE_LOG -> closeLog(step);
      case TRIM -> trim(step);
      case TRIM_TO_LATEST -> trimToLatest(step);
      case TRIM_TO_TIME -> trimToTime(step);
      case RETAIN -> retain(step);
      case VACUUM -> vacuum(step);
      case COMPACT -> compact(step);
      case GROUP_START -> groupStart(step);
      case ACKNOWLEDGE -> acknowledge(step);
      case ADVANCE -> advance(step);
      case RESET -> reset(step);
      case DELETE_GROUP -> deleteGroup(step);
      case LAG -> lag(step);
      case READ -> read(step);
      case NEW_READER -> newReader(step);
      case POLL -> poll(step);
      case SEEK -> seek(step);
      case PAUSE -> pause(step);
      case CLOSE_READER -> closeReader(step);
      case OFFSET_AT -> offsetAt(step);
      case STATUS -> status(step);
      case DESCRIBE -> describe(step);
      case LIST -> list();
    }
    if (trace.size() % LOOK_EVERY == 0) {
      look();
    }
  }

  private boolean knowsLess(Handle handle) {
    return handle.model == current && handle.log.partitions() < current.partitions();
  }

  private void tick(ModelStep step) {
    Duration[] often = {
      Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofHours(3)
    };
    clock.move(often[step.a() % often.length]);
  }

  // -------------------------------------------------------------------------------- appending

  private void append(ModelStep step) {
    Writing writing = pick(writers, step.a());
    int number = partition(step.b());
    LogRecord record = record(step.random());
    LogModel model = writing.handle.model;
    int known = knownPartitions(writing.handle);
    List<CompletableFuture<Long>> made = new ArrayList<>();
    Answer is =
        answer(
            () -> {
              made.add(writing.writer.append(number, record));
              return null;
            });
    trace.add("    append to " + number + " -> " + is);
    try {
      model.partition(number, known);
    } catch (Refusal refusal) {
      requireFailure("append to " + number, refusal.kinds(), is);
      return;
    }
    if (writing.isClosed) {
      requireFailure("append to " + number, List.of(IllegalStateException.class), is);
      return;
    }
    if (made.isEmpty()) {
      throw wrong("append to " + number, "taken", is);
    }
    if (writing.poison.containsKey(number)) {
      requireFailure(
          "append after a failure", afterEarlier(writing, number), answer(() -> made.get(0)));
      reach("appended after a failure");
      return;
    }
    Kept kept =
        writing.kept.computeIfAbsent(number, n -> new Kept(new ArrayList<>(), new ArrayList<>()));
    kept.records.add(record);
    kept.offsets.add(made.get(0));
  }

  private static int knownPartitions(Handle handle) {
    return handle.log.partitions();
  }

  private void requireFailure(String what, List<Class<? extends Throwable>> kinds, Answer is) {
    same(
        what,
        () -> {
          throw new Refusal(kinds);
        },
        () -> again(is));
  }

  private static @Nullable Object again(Answer is) throws Exception {
    if (is.failure instanceof Exception e) {
      throw e;
    }
    return is.value;
  }

  private static List<Class<? extends Throwable>> afterEarlier(Writing writing, int partition) {
    List<Class<? extends Throwable>> first = Objects.requireNonNull(writing.poison.get(partition));
    return first.contains(RaftlessException.WriterFenced.class)
        ? first
        : List.of(RaftlessException.EarlierRequestFailed.class);
  }

  /** All that the writer keeps is in the log, or has failed. */
  private void settle(Writing writing) {
    SortedMap<Integer, Kept> all = new TreeMap<>(writing.kept);
    writing.kept.clear();
    if (all.size() > 1) {
      reach("one object of several partitions");
    }
    all.forEach(
        (number, kept) -> {
          List<Class<? extends Throwable>> failure = List.of();
          long base = -1;
          try {
            base =
                writing.handle.model.append(
                    writing.handle.model.part(number),
                    writing.claims.get(number),
                    kept.records,
                    AppendConditions.NONE,
                    now());
          } catch (Refusal refusal) {
            failure = refusal.kinds();
            writing.poison.put(number, failure);
          }
          for (int i = 0; i < kept.offsets.size(); i++) {
            long offset = base + i;
            List<Class<? extends Throwable>> kinds = failure;
            CompletableFuture<Long> actual = kept.offsets.get(i);
            same(
                "record " + i + " kept for " + number,
                () -> {
                  if (!kinds.isEmpty()) {
                    throw new Refusal(kinds);
                  }
                  return offset;
                },
                () -> actual);
          }
        });
  }

  private void appendTogether(ModelStep step) {
    Writing writing = pick(writers, step.a());
    int number = partition(step.b());
    Random choices = step.random();
    List<LogRecord> records = step.c() % 30 == 29 ? List.of() : records(choices, 5);
    AppendConditions conditions =
        switch (step.c() % 5) {
          case 3 -> AppendConditions.at(Math.max(0, part(step.b()).end() - step.d() % 2));
          case 4 -> AppendConditions.withPosition("{\"line\":" + step.d() % 7 + "}");
          default -> AppendConditions.NONE;
        };
    LogModel model = writing.handle.model;
    int known = knownPartitions(writing.handle);
    same(
        "append " + records.size() + " records with " + conditions + " to " + number,
        () -> {
          Part part = model.partition(number, known);
          if (records.isEmpty()
              || (conditions.position() != null && !writing.claims.containsKey(number))) {
            throw new Refusal(IllegalArgumentException.class);
          }
          if (writing.isClosed) {
            throw new Refusal(IllegalStateException.class);
          }
          if (writing.poison.containsKey(number)) {
            throw new Refusal(afterEarlier(writing, number));
          }
          settle(writing);
          if (writing.poison.containsKey(number)) {
            throw new Refusal(afterEarlier(writing, number));
          }
          try {
            return model.append(part, writing.claims.get(number), records, conditions, now());
          } catch (Refusal refusal) {
            writing.poison.put(number, refusal.kinds());
            throw refusal;
          }
        },
        () -> writing.writer.append(number, records, conditions));
  }

  /** Many small batches, so that the index grows. */
  private void burst(ModelStep step) throws InterruptedException {
    Handle handle = handle(step.a());
    int number = part(step.b()).number();
    Random choices = step.random();
    if (number >= handle.model.partitions()) {
      return;
    }
    // A partition that the handle has to look up in a deleted log is no partition of the writer's.
    boolean isKnown = number < knownPartitions(handle) || !handle.model.isGone();
    try (LogWriter writer =
        handle.log.newWriter(WriterOptions.defaults().withCompression(Compression.NONE))) {
      for (int i = step.c() % 20; i >= 0; i--) {
        List<LogRecord> records = records(choices, 2);
        boolean isPoisoned =
            isKnown && i < step.c() % 20 && handle.model.state() != LogModel.State.OPEN;
        same(
            "append " + records.size() + " records to " + number,
            () -> {
              if (isPoisoned) {
                throw new Refusal(RaftlessException.EarlierRequestFailed.class);
              }
              return handle.model.append(
                  handle.model.part(number), null, records, AppendConditions.NONE, now());
            },
            () -> writer.append(number, records, AppendConditions.NONE));
        clock.move(Duration.ofMillis(1));
      }
    }
  }

  private void flush(Writing writing) {
    same(
        "flush",
        () -> {
          settle(writing);
          if (!writing.poison.isEmpty()) {
            List<Class<? extends Throwable>> any = new ArrayList<>();
            writing.poison.values().forEach(any::addAll);
            throw new Refusal(any);
          }
          return null;
        },
        writing.writer::flush);
  }

  private void goOn(ModelStep step) {
    Writing writing = pick(writers, step.a());
    int number = part(step.b()).number();
    same(
        "go on in " + number,
        () -> {
          if (writing.poison.containsKey(number) && !writing.isClosed) {
            settle(writing);
            writing.poison.remove(number);
            reach("went on after a failure");
          }
          return null;
        },
        () -> {
          writing.writer.goOn(number);
          return null;
        });
  }

  private void newWriter(ModelStep step) {
    Handle handle = handle(step.a());
    Map<Integer, WriterClaim> held = new HashMap<>();
    if (step.b() % 4 > 0 && !claims.isEmpty()) {
      WriterClaim one = claim(step.c());
      for (WriterClaim claim : claims) {
        if (claim.writerId().equals(one.writerId()) && claim.holder().equals(one.holder())) {
          held.put(claim.partition(), claim);
        }
      }
    }
    addWriter(handle, held);
    trace.add("    writer with " + held);
  }

  /** A new one more often. */
  private WriterClaim claim(int choice) {
    int back = choice % 2 == 0 ? choice / 2 % Math.min(4, claims.size()) : choice % claims.size();
    return claims.get(claims.size() - 1 - back);
  }

  private void closeWriter(ModelStep step) {
    if (writers.size() == 1) {
      return;
    }
    Writing writing = pick(writers, step.a());
    if (step.b() % 2 == 0) {
      closeNow(writing);
    } else {
      same(
          "close",
          () -> {
            settle(writing);
            return null;
          },
          () -> {
            writing.writer.close();
            return null;
          });
      writing.isClosed = true;
    }
    if (step.b() % 4 < 2) {
      writers.remove(writing);
    }
  }

  private void closeNow(Writing writing) {
    writing.writer.closeNow();
    failKept(writing);
  }

  private void failKept(Writing writing) {
    writing.isClosed = true;
    writing.kept.forEach(
        (number, kept) -> {
          writing.poison.put(number, List.of(RaftlessException.Failed.class));
          kept.offsets.forEach(
              offset ->
                  requireFailure(
                      "kept for " + number + " when it was closed",
                      List.of(RaftlessException.Failed.class),
                      answer(() -> offset)));
        });
    writing.kept.clear();
  }

  // ------------------------------------------------------------------------- two-phase appends

  private void stage(ModelStep step) throws InterruptedException {
    Handle handle = handle(step.a());
    Random choices = step.random();
    Map<Integer, List<LogRecord>> added = new TreeMap<>();
    int known = Math.min(knownPartitions(handle), handle.model.partitions());
    for (int i = step.c() % 3; i >= 0; i--) {
      int number = i == 0 ? part(step.b()).number() % known : choices.nextInt(known);
      LogRecord record = record(choices);
      handle.stager.add(number, record);
      added.computeIfAbsent(number, n -> new ArrayList<>()).add(record);
    }
    Answer is = answer(handle.stager::stage);
    trace.add("    stage -> " + is);
    if (!(is.value instanceof List<?> objects) || objects.size() != 1) {
      throw wrong("stage", "one object", is);
    }
    for (Object batch : (List<?>) objects.get(0)) {
      StagedBatch one = (StagedBatch) batch;
      List<LogRecord> records = added.remove(one.partition());
      if (records == null
          || one.batch().count() != records.size()
          || !one.incarnation().equals(handle.model.incarnation())
          || one.batch().label().time().toEpochMilli() != now()) {
        throw wrong("stage", added.toString(), is);
      }
      staged.add(new Staged(one, records));
    }
    if (!added.isEmpty()) {
      throw wrong("stage", added.toString(), is);
    }
    if (((List<?>) objects.get(0)).size() > 1) {
      reach("staged for several partitions");
    }
  }

  private void commit(ModelStep step) {
    if (staged.isEmpty()) {
      return;
    }
    Handle handle = handle(step.a());
    List<Staged> batches = new ArrayList<>();
    int from = step.b() % staged.size();
    Staged first =
        step.b() % 2 == 0
            ? staged.get(staged.size() - 1 - from % Math.min(4, staged.size()))
            : staged.get(from);
    int number = step.c() % 50 == 49 ? partition(step.d()) : first.batch().partition();
    batches.add(first);
    for (int i = step.c() % 4; i > 1; i--) {
      Staged more = pick(staged, from + i * (1 + step.d() % 5));
      boolean isStrange =
          more.batch().partition() != number
              || !more.batch().incarnation().equals(first.batch().incarnation())
              || batches.contains(more);
      if (!isStrange || step.d() % 30 == 29) {
        batches.add(more);
      }
    }
    if (step.d() % 60 == 59) {
      batches.clear();
    }
    WriterClaim held = null;
    if (step.d() % 3 == 1 && !claims.isEmpty()) {
      held = claim(step.c());
      for (WriterClaim other : claims) {
        if (other.partition() == number
            && other.holder().equals(held.holder())
            && other.writerId().equals(held.writerId())
            && step.d() % 40 < 39) {
          held = other;
        }
      }
    }
    String position = held != null || step.d() % 50 == 48 ? position(step.c()) : null;
    WriterClaim claim = held;
    int known = knownPartitions(handle);
    if (handle.model.isGone() && isVacuumed) {
      // Its nodes may be deleted: what can still be found is there, of the rest the log is gone.
      Answer is =
          answer(
              () ->
                  handle.log.commit(
                      number, batches.stream().map(Staged::batch).toList(), claim, position));
      assertThat(is.failure)
          .satisfiesAnyOf(
              none -> assertThat(none).isNull(),
              gone -> assertThat(gone).isInstanceOf(RaftlessException.LogNotFound.class),
              gone -> assertThat(gone).isInstanceOf(RaftlessException.OtherIncarnation.class),
              gone -> assertThat(gone).isInstanceOf(RaftlessException.StagedBatchExpired.class),
              gone -> assertThat(gone).isInstanceOf(IllegalArgumentException.class));
      return;
    }
    List<StagedBatch> actual = batches.stream().map(Staged::batch).toList();
    Answer is = answer(() -> handle.log.commit(number, actual, claim, position));
    // A handle that saw the index before a batch was forgotten may know where it is: that is true.
    boolean remembers = !(is.failure instanceof RaftlessException.StagedBatchExpired);
    same(
        "commit " + actual + " to " + number + " as " + claim + " at " + position,
        () -> handle.model.commit(number, known, batches, claim, position, remembers),
        () -> again(is));
    if (is.value instanceof CommitResult result) {
      if (result.alreadyCommitted() > 0) {
        reach("committed again");
        Part part = handle.model.part(number);
        if (part.compactedTo() > result.baseOffsets().get(0)) {
          reach("committed again what was compacted");
        }
        if (batches.stream()
            .anyMatch(
                b ->
                    part.batchOf(b.label(), true)
                        .filter(at -> at.end() <= part.start())
                        .isPresent())) {
          reach("committed again what was trimmed");
        }
      }
      if (result.alreadyCommitted() > 0 && result.alreadyCommitted() < actual.size()) {
        reach("committed again in part");
      }
    }
  }

  // -------------------------------------------------------------------------------- writer ids

  private void acquire(ModelStep step) {
    Handle handle = handle(step.c());
    String writerId = WRITER_IDS[step.a() % WRITER_IDS.length];
    String holder = step.b() % 40 == 39 ? "" : HOLDERS[step.b() % HOLDERS.length];
    List<WriterClaim> got = new ArrayList<>();
    same(
        "acquire " + writerId + " as " + holder,
        () -> handle.model.acquire(writerId, holder),
        () ->
            handle
                .log
                .acquire(writerId, holder)
                .thenApply(
                    held -> {
                      SortedMap<Integer, Optional<String>> positions = new TreeMap<>();
                      held.forEach(
                          (number, claim) -> {
                            got.add(claim);
                            positions.put(number, Optional.ofNullable(claim.position()));
                          });
                      return positions;
                    }));
    for (WriterClaim claim : got) {
      handle.model.learnEpoch(claim.partition(), writerId, claim.epoch());
      claims.removeIf(
          old ->
              old.partition() == claim.partition()
                  && old.writerId().equals(claim.writerId())
                  && old.holder().equals(claim.holder())
                  && old.epoch() == claim.epoch());
      claims.add(claim);
    }
    if (!handle.model.isGone()) {
      describe(handle);
    }
  }

  private void release(ModelStep step) {
    if (claims.isEmpty()) {
      return;
    }
    Handle handle = handle(step.c());
    WriterClaim one = claim(step.a());
    int partitions = Math.min(knownPartitions(handle), handle.model.partitions());
    List<WriterClaim> held =
        claims.stream()
            .filter(
                claim ->
                    claim.writerId().equals(one.writerId())
                        && claim.epoch() == one.epoch()
                        && claim.partition() < partitions)
            .toList();
    Forgetting forgetting = step.b() % 2 == 0 ? Forgetting.NOTHING_OF_USE : Forgetting.EVERYTHING;
    if (handle.model.isGone() && held.isEmpty()) {
      return;
    }
    same(
        "release " + held + " " + forgetting,
        () -> {
          handle.model.release(held, partitions, forgetting);
          return null;
        },
        () -> handle.log.release(held, forgetting));
  }

  private void forget(ModelStep step) {
    Handle handle = handle(step.c());
    int number = partition(step.b());
    String writerId = WRITER_IDS[step.a() % WRITER_IDS.length];
    long epoch = claims.isEmpty() ? step.d() : claim(step.d()).epoch();
    Forgetting forgetting = step.a() % 3 == 0 ? Forgetting.EVERYTHING : Forgetting.NOTHING_OF_USE;
    int known = knownPartitions(handle);
    same(
        "forget " + writerId + " with " + epoch + " in " + number + " " + forgetting,
        () -> {
          handle.model.forget(number, known, writerId, epoch, forgetting, false);
          return null;
        },
        () -> handle.log.forgetWriter(number, writerId, epoch, forgetting));
  }

  private void storePosition(ModelStep step) {
    if (claims.isEmpty()) {
      return;
    }
    Handle handle = handle(step.c());
    WriterClaim claim = claim(step.a());
    if (claim.partition() >= handle.model.partitions()) {
      return;
    }
    LogModel.Writer writer = handle.model.part(claim.partition()).writers().get(claim.writerId());
    String expected =
        step.b() % 4 == 0 || writer == null ? position(step.c() % 19) : writer.position();
    String next = Objects.requireNonNullElse(position(step.d()), "{}");
    int known = knownPartitions(handle);
    Answer is = answer(() -> handle.log.storePosition(claim, expected, next));
    if (is.failure instanceof RaftlessException.UnknownOutcome) {
      // A conflict is not believed: to a handle that knew less, another's store looks like its own
      // may have landed before. It has not, as the next look at the position says.
      trace.add("    store " + next + " for " + claim + " -> " + is);
      reach("nobody could tell whether a position was stored");
      if (!handle.model.isGone()) {
        describe(handle);
      }
      return;
    }
    same(
        "store " + next + " in place of " + expected + " for " + claim,
        () -> {
          handle.model.storePosition(claim, known, expected, next);
          return null;
        },
        () -> again(is));
  }

  // ---------------------------------------------------------------------------- life of the log

  private void fence(ModelStep step) {
    Handle handle = handle(step.a());
    Answer is = same("fence", handle.model::fence, () -> handle.log.fence("a test"));
    if (is.value instanceof Long generation) {
      fences.put(generation, generation);
    }
  }

  private void unfence(ModelStep step) {
    Handle handle = handle(step.a());
    long generation =
        step.b() % 4 == 0 && !fences.isEmpty()
            ? pick(List.copyOf(fences.keySet()), step.c())
            : handle.model.generation();
    same(
        "unfence " + generation,
        () -> handle.model.unfence(generation),
        () -> handle.log.unfence(generation, "a test"));
  }

  private void addPartitions(ModelStep step) {
    Handle handle = handle(step.a());
    int total =
        switch (step.b() % 8) {
          case 5 -> 1;
          case 6 -> 0;
          case 7 -> 10_001;
          default -> Math.min(MOST_PARTITIONS, handle.model.partitions() + step.b() % 2);
        };
    if (handle.model.state() == LogModel.State.FENCED && total > handle.model.partitions()) {
      reach("partitions added to a fenced log", total <= MOST_PARTITIONS ? 1 : 0);
    }
    same(
        "add partitions up to " + total,
        () -> handle.model.addPartitions(total),
        () -> handle.log.addPartitions(total));
  }

  private void settings(ModelStep step) {
    Handle handle = handle(step.a());
    Duration retention = Duration.ofHours(1 + step.b() % 4);
    LogSettings.Retention kept =
        new LogSettings.Retention(
            step.c() % 2 == 0 ? null : 60_000L * (1 + step.c()),
            step.c() % 3 == 0 ? 1L + step.d() * 10L : null,
            Arrays.asList(GROUPS).subList(0, step.b() % 3));
    same(
        "change settings",
        () ->
            handle.model.changeSettings(
                s -> step.d() % 2 == 0 ? s.withVacuumRetention(retention) : s.withRetention(kept)),
        () ->
            handle.log.changeSettings(
                s -> step.d() % 2 == 0 ? s.withVacuumRetention(retention) : s.withRetention(kept)));
  }

  private void replaceSettings(ModelStep step) {
    Handle handle = handle(step.a());
    LogSettings expected = step.b() % 3 == 0 ? LogSettings.DEFAULTS : handle.model.settings();
    LogSettings next = LogSettings.DEFAULTS.withMaxRecordBytes(2_000_000 + step.c());
    same(
        "replace settings",
        () -> handle.model.replaceSettings(expected, next),
        () -> handle.log.replaceSettings(expected, next));
  }

  private void delete(ModelStep step) {
    Handle handle = handle(step.a());
    same(
        "delete",
        () -> {
          if (handle.model != current) {
            throw new Refusal(RaftlessException.OtherIncarnation.class);
          }
          handle.model.delete();
          return null;
        },
        () -> handle.log.delete("a test"));
  }

  private void create() {
    LogRuntime runtime = runtime();
    List<RaftlessLog> made = new ArrayList<>();
    same(
        "create",
        () -> {
          if (!current.isGone()) {
            throw new Refusal(RaftlessException.LogExists.class);
          }
          return null;
        },
        () -> {
          made.add(RaftlessLog.create(store, ID, 2, OPTIONS, runtime));
          return null;
        });
    if (made.isEmpty()) {
      return;
    }
    RaftlessLog log = made.get(0);
    if (log.incarnation().equals(current.incarnation())) {
      throw wrong("the new log has the old incarnation");
    }
    current = new LogModel(log.incarnation(), 2);
    fences.clear();
    addWriter(addHandle(log), Map.of());
    reach("created again");
  }

  private void open() {
    LogRuntime runtime = runtime();
    List<RaftlessLog> opened = new ArrayList<>();
    same(
        "open",
        () -> {
          if (current.isGone()) {
            throw new Refusal(RaftlessException.LogNotFound.class);
          }
          return null;
        },
        () -> {
          opened.add(RaftlessLog.open(store, ID, OPTIONS, runtime));
          return null;
        });
    opened.forEach(this::addHandle);
  }

  /** What is still kept by its writers fails. */
  private void closeLog(ModelStep step) {
    if (handles.size() > 1) {
      Handle handle = pick(handles, step.a());
      handles.remove(handle);
      close(handle);
    }
  }

  private void close(Handle handle) {
    handle.log.close();
    requireFailure(
        "use of a closed log",
        List.of(IllegalStateException.class),
        answer(() -> handle.log.newReader(ReaderOptions.defaults())));
    for (Writing writing : List.copyOf(writers)) {
      if (writing.handle.equals(handle)) {
        failKept(writing);
        writers.remove(writing);
      }
    }
    readers.removeIf(reading -> reading.handle.equals(handle));
    if (writers.isEmpty()) {
      addWriter(pick(handles, 0), Map.of());
    }
  }

  // -------------------------------------------------------------------------------- maintenance

  private void trim(ModelStep step) {
    Handle handle = handle(step.a());
    int number = partition(step.b());
    Part part = part(step.b());
    long offset = part.start() - 1 + step.c() % (part.end() - part.start() + 3);
    int known = knownPartitions(handle);
    same(
        "trim " + number + " to " + offset,
        () -> handle.model.trim(handle.model.partition(number, known), offset),
        () -> handle.log.trim(number, offset));
  }

  private void trimToLatest(ModelStep step) {
    Handle handle = handle(step.a());
    int number = partition(step.b());
    int known = knownPartitions(handle);
    same(
        "trim " + number + " to latest",
        () -> {
          Part part = handle.model.partition(number, known);
          return handle.model.trim(part, part.end());
        },
        () -> handle.log.trimToLatest(number));
  }

  private void trimToTime(ModelStep step) {
    Handle handle = handle(step.a());
    int number = part(step.b()).number();
    if (handle.model.isGone() || number >= handle.model.partitions()) {
      return;
    }
    Part part = handle.model.part(number);
    long time = time(step);
    long offset = itemAtTime(handle, part, time);
    same(
        "trim " + number + " to time " + time,
        () -> handle.model.trim(part, offset),
        () -> handle.log.trimToTime(number, time));
    if (part.start() > part.firstAt(time).orElse(part.end())) {
      throw wrong("what is of time " + time + " or later was trimmed");
    }
  }

  /** Time and size go by whole batches and segments, so it depends on what is compacted. */
  private long itemAtTime(Handle handle, Part part, long time) {
    for (Item item : items(handle.log, head(handle.log, part.number()))) {
      if (item.endOffset() > part.start() && item.maxTimestamp() >= time) {
        return item.baseOffset();
      }
    }
    return part.end();
  }

  private long tailWithin(Handle handle, Part part, long bytes) {
    List<Item> items = items(handle.log, head(handle.log, part.number()));
    long from = part.end();
    long left = bytes;
    for (int i = items.size() - 1; i >= 0 && items.get(i).bytes() <= left; i--) {
      left -= items.get(i).bytes();
      from = items.get(i).baseOffset();
    }
    return from;
  }

  private void retain(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      return;
    }
    LogSettings.Retention retention = handle.model.settings().retention();
    RetentionPolicy policy = RetentionPolicy.of(retention);
    List<String> pinning = retention.pinnedBy();
    boolean isBySettings = step.b() % 2 == 0;
    if (!isBySettings) {
      policy =
          switch (step.c() % 3) {
            case 0 -> RetentionPolicy.keepAll().withMostAge(Duration.ofMinutes(step.d()));
            case 1 -> RetentionPolicy.keepAll().withMostBytes(step.d() * 10L);
            default -> RetentionPolicy.keepAll().withFrom(step.d() % 100);
          };
      pinning = step.d() % 2 == 0 ? List.of() : List.of(GROUPS[step.a() % 2]);
    }
    RetentionPolicy limits = policy;
    List<String> pins = pinning;
    List<RetentionOutcome> expected = new ArrayList<>();
    for (Part part : handle.model.parts()) {
      expected.add(retained(handle, part, limits, pins));
    }
    same(
        "retain " + limits + " pinned by " + pins,
        () -> {
          for (RetentionOutcome outcome : expected) {
            handle.model.trim(handle.model.part(outcome.partition()), outcome.startAfter());
            reach("retention trimmed", outcome.trimmed() > 0 ? 1 : 0);
            reach("retention was pinned", outcome.isPinned() ? 1 : 0);
          }
          return expected;
        },
        () ->
            isBySettings
                ? handle.log.retain()
                : handle.log.retain(limits, p -> handle.log.smallestOffset(p, pins)));
  }

  private RetentionOutcome retained(
      Handle handle, Part part, RetentionPolicy limits, List<String> pins) {
    long wanted = Math.min(limits.from(), part.end());
    Duration age = limits.mostAge();
    if (age != null) {
      wanted = Math.max(wanted, itemAtTime(handle, part, now() - age.toMillis()));
    }
    if (limits.mostBytes() >= 0) {
      wanted = Math.max(wanted, tailWithin(handle, part, limits.mostBytes()));
    }
    OptionalLong pin =
        wanted > part.start() ? handle.model.smallestOffset(part, pins) : OptionalLong.empty();
    long target = Math.min(wanted, pin.orElse(wanted));
    return new RetentionOutcome(
        part.number(), part.start(), Math.max(part.start(), target), wanted, pin, null);
  }

  /** First without doing it: then nothing may change, and nothing else may come of it. */
  private void vacuum(ModelStep step) {
    Handle handle = handle(step.a());
    Duration retention =
        switch (step.b() % 4) {
          case 0 -> Duration.ofMillis(1);
          case 1 -> Duration.ofHours(1);
          default -> Duration.ofMillis(current.settings().vacuumRetentionMillis());
        };
    VacuumOptions options = VacuumOptions.defaults().withRetention(retention);
    List<String> before = Accounting.keys(store, ID.root());
    Set<String> tried = ConcurrentHashMap.newKeySet();
    VacuumReport trial = vacuum(handle, options.asDryRun(), tried);
    if (!Accounting.keys(store, ID.root()).equals(before)) {
      throw wrong("a dry run changed something");
    }
    if (step.c() % 8 == 7) {
      return;
    }
    Set<String> done = ConcurrentHashMap.newKeySet();
    VacuumReport report = vacuum(handle, options, done);
    isVacuumed = true;
    if (trial.forgotten() != report.forgotten() || !done.containsAll(tried)) {
      throw wrong("the dry run said " + trial + "\n" + tried + "\n" + done);
    }
    reach("vacuum deleted", report.totalDeleted().objects());
    reach("records forgotten", report.forgotten());
    if (current.isGone()) {
      return;
    }
    current.raiseHorizon(now() - retention.toMillis());
    if (report.horizonAfter().time().toEpochMilli() != current.horizonMillis()
        || !report.isComplete()
        || report.failedDeletes() > 0) {
      throw wrong("the horizon should be " + current.horizonMillis());
    }
    long forgotten = 0;
    try (RaftlessLog log = RaftlessLog.open(store, ID, OPTIONS, runtime())) {
      for (Part part : current.parts()) {
        forgotten += learnForgotten(log, part);
      }
    }
    if (forgotten != report.forgotten()) {
      throw wrong("forgotten should be " + forgotten);
    }
    try {
      new Accounting(store, ID).everythingNeededExists().nothingElseIsOlderThan(report.bound());
    } catch (AssertionError e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  /** No more is forgotten than may be, and no less than can be. */
  private long learnForgotten(RaftlessLog log, Part part) {
    long before = part.indexStart();
    Head head = head(log, part.number());
    try {
      current.forgetTrimmed(part, head.indexStart());
    } catch (AssertionError e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
    List<Item> items = items(log, head);
    if (!items.isEmpty()
        && items.get(0).endOffset() <= part.start()
        && items.get(0).maxLabel().time().toEpochMilli() < current.horizonMillis()) {
      throw wrong("not forgotten: " + items.get(0));
    }
    return part.indexStart() - before;
  }

  private VacuumReport vacuum(Handle handle, VacuumOptions options, Set<String> garbage) {
    Answer is =
        answer(
            () ->
                current.isGone()
                    ? RaftlessLog.vacuum(store, ID, options, garbage::add, runtime())
                    : handle.log.vacuum(options, garbage::add));
    trace.add("    vacuum " + options + " -> " + is + " of " + garbage);
    if (!(is.value instanceof VacuumReport report)) {
      throw wrong("vacuum", "a report", is);
    }
    return report;
  }

  private void compact(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      same(
          "compact what was deleted",
          () -> CompactionReport.Outcome.DELETED,
          () -> handle.log.compact(0, CompactionOptions.defaults().forced()).outcome());
      return;
    }
    if (step.b() % 10 == 9) {
      same(
          "compact all",
          () -> handle.model.parts().stream().map(Part::number).toList(),
          () -> List.copyOf(handle.log.compactAll().reports().keySet()));
      return;
    }
    int number = partition(step.b());
    CompactionOptions options =
        new CompactionOptions(
            1_024 << step.c() % 6,
            new SegmentSettings(4_096, Compression.NONE, 3),
            1 + step.c() % 3 * 2_000,
            2 + step.d() % 20,
            Duration.ofHours(2),
            step.d() % 3 > 0,
            2 + step.d() % 7,
            1 + step.c() % 3);
    int known = knownPartitions(handle);
    Answer is =
        same(
            "compact " + number + " by " + options,
            () -> handle.model.partition(number, known).number(),
            () -> {
              CompactionReport report = handle.log.compact(number, options);
              trace.add("    " + report);
              reach("compaction " + report.outcome());
              reach("segments", report.segments());
              reach("merged segments", report.mergedSegments());
              return report.partition();
            });
    if (is.failure != null) {
      return;
    }
    Head head = head(handle.log, number);
    handle.model.part(number).learnCompactedTo(head.compactionCursor());
    if (options.isForced()) {
      if (head.compactionCursor() != head.nextOffset()) {
        throw wrong("a forced compaction left something: " + head.compactionCursor());
      }
    }
  }

  // ------------------------------------------------------------------------------------ cursors

  private static Position positionOf(GroupPosition position) {
    return new Position(position.generation(), position.offset(), position.metadata());
  }

  private ResetTo resetTo(ModelStep step, Part part) {
    return switch (step.c() % 5) {
      case 0 -> ResetTo.earliest();
      case 1 -> ResetTo.latest();
      case 2 -> ResetTo.timestamp(time(step));
      default -> ResetTo.offset(part.end() == 0 ? step.d() % 2 : step.d() % (part.end() + 2));
    };
  }

  /** Of a log that is gone a cursor may still be moved, and nobody cares. */
  private void groupStart(ModelStep step) {
    Handle handle = handle(step.a());
    String group = pick(Arrays.asList(GROUPS), step.b());
    int number = partition(step.d());
    Part chosen = part(step.d());
    ResetTo to = resetTo(step, chosen);
    int known = knownPartitions(handle);
    same(
        "start " + group + " in " + number + " at " + to,
        () -> handle.model.start(group, handle.model.partition(number, known), to),
        () -> handle.log.group(group).start(number, to).thenApply(ModelRun::positionOf));
  }

  private void acknowledge(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      return;
    }
    String group = pick(Arrays.asList(GROUPS), step.b());
    Part part = part(step.b());
    Position now = handle.model.position(group, part.number());
    long generation = now.generation() - (step.c() % 8 == 7 ? 1 : 0);
    long from = now.offset().orElse(0) + (step.c() % 5 == 4 ? step.d() % 3 - 1 : 0);
    long to = from + step.d() % 6;
    same(
        "acknowledge " + from + " to " + to + " of " + part.number() + " for " + group,
        () -> handle.model.acknowledge(group, part, generation, from, to),
        () ->
            handle
                .log
                .group(group)
                .acknowledge(part.number(), generation, from, to)
                .thenApply(this::kind));
  }

  private Class<? extends Acknowledgement> kind(Acknowledgement answer) {
    reach("cursor " + answer.getClass().getSimpleName());
    return answer.getClass();
  }

  private void advance(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      return;
    }
    String group = pick(Arrays.asList(GROUPS), step.b());
    Part part = part(step.b());
    Position now = handle.model.position(group, part.number());
    long generation = now.generation() - (step.c() % 8 == 7 ? 1 : 0);
    long to = step.c() % 20 == 19 ? -1 : step.d() % (part.end() + 2);
    String metadata = position(step.c());
    same(
        "advance " + group + " to " + to + " in " + part.number(),
        () -> handle.model.advance(group, part, generation, to, metadata),
        () ->
            handle
                .log
                .group(group)
                .advance(part.number(), generation, to, metadata)
                .thenApply(this::kind));
  }

  private void reset(ModelStep step) {
    Handle handle = handle(step.a());
    String group = pick(Arrays.asList(GROUPS), step.b());
    int number = partition(step.d());
    ResetTo to = resetTo(step, part(step.d()));
    int known = knownPartitions(handle);
    if (step.b() % 3 == 0) {
      long generation =
          Math.max(
              0, handle.model.position(group, Math.max(0, number)).generation() - step.a() % 2);
      same(
          "reset " + group + " in " + number + " of generation " + generation + " to " + to,
          () ->
              handle.model.reset(
                  group, handle.model.partition(number, known), to, OptionalLong.of(generation)),
          () ->
              handle
                  .log
                  .group(group)
                  .reset(number, to, generation)
                  .thenApply(ModelRun::positionOf));
    } else {
      same(
          "reset " + group + " in " + number + " to " + to,
          () ->
              handle.model.reset(
                  group, handle.model.partition(number, known), to, OptionalLong.empty()),
          () -> handle.log.group(group).reset(number, to).thenApply(ModelRun::positionOf));
    }
  }

  private void deleteGroup(ModelStep step) {
    Handle handle = handle(step.a());
    String group = pick(Arrays.asList(GROUPS), step.b());
    same(
        "delete " + group,
        () -> {
          handle.model.deleteGroup(group);
          return null;
        },
        () -> refreshed(handle).thenCompose(n -> handle.log.group(group).delete()));
  }

  /** What works on all partitions works on those that the handle knows. */
  private static CompletableFuture<Integer> refreshed(Handle handle) {
    return handle.log.refreshPartitions();
  }

  private void lag(ModelStep step) {
    Handle handle = handle(step.a());
    String group = pick(Arrays.asList(GROUPS), step.b());
    same(
        "lag of " + group,
        () -> {
          handle.model.requireThere();
          SortedMap<Integer, PartitionLag> lags = new TreeMap<>();
          for (Part part : handle.model.parts()) {
            OptionalLong at = handle.model.position(group, part.number()).offset();
            long from = Math.max(part.start(), at.orElse(0));
            lags.put(
                part.number(),
                new PartitionLag(part.number(), part.start(), part.end(), at, part.end() - from));
          }
          return lags;
        },
        () -> refreshed(handle).thenCompose(n -> handle.log.group(group).lag()));
  }

  // ------------------------------------------------------------------------------------ reading

  private ReaderOptions readerOptions(ReaderOptions.OnTrimmed onTrimmed, int bytes) {
    return new ReaderOptions(bytes, 1, 2, onTrimmed).withOrigins(true);
  }

  /** What a reader says of one offset. */
  private record Read(LogRecord record, @Nullable Origin origin) {}

  private static List<Read> expected(Part part, long from, long to) {
    List<Read> expected = new ArrayList<>();
    List<@Nullable Origin> origins = part.origins(from, to);
    for (LogRecord record : part.records(from, to)) {
      expected.add(new Read(record, origins.get(expected.size())));
    }
    return expected;
  }

  private static List<Read> is(ReadBatch batch) {
    return batch.records().stream().map(record -> new Read(record, batch.origin())).toList();
  }

  /** Reads to the end from somewhere, with a reader of its own. */
  private void read(ModelStep step) throws InterruptedException {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      return;
    }
    Part part = part(step.b());
    boolean jumps = step.d() % 2 == 0;
    long wanted;
    StartAt start;
    String group = pick(Arrays.asList(GROUPS), step.b());
    OptionalLong at = handle.model.position(group, part.number()).offset();
    switch (step.c() % 7) {
      case 0 -> {
        start = StartAt.earliest();
        wanted = part.start();
      }
      case 1 -> {
        start = StartAt.latest();
        wanted = part.end();
      }
      case 2 -> {
        start = StartAt.group(group, StartAt.IfNoCursor.EARLIEST);
        wanted = at.orElse(part.start());
      }
      case 3 -> {
        long time = time(step);
        start = StartAt.timestamp(time);
        wanted = part.firstAt(time).orElse(part.end());
      }
      default -> {
        wanted = step.d() % (part.end() + 2);
        start = StartAt.offset(wanted);
      }
    }
    boolean isError = wanted > part.end() || (wanted < part.start() && !jumps);
    List<Read> expected =
        isError ? List.of() : expected(part, Math.max(part.start(), wanted), part.end());
    ReaderOptions options =
        readerOptions(
            jumps ? ReaderOptions.OnTrimmed.EARLIEST : ReaderOptions.OnTrimmed.FAIL,
            1 + step.a() % 7 * 500);
    same(
        "read " + part.number() + " from " + start,
        () -> {
          if (isError) {
            throw new Refusal(RaftlessException.OffsetOutOfRange.class);
          }
          return expected;
        },
        () -> {
          try (LogReader reader = handle.log.newReader(options)) {
            reader.assign(part.number(), start);
            return drain(reader, expected.size());
          }
        });
  }

  /** So many records, and no more. */
  private List<Read> drain(LogReader reader, int count) throws InterruptedException {
    List<Read> records = new ArrayList<>();
    while (records.size() < count) {
      Optional<ReadBatch> batch = reader.poll(Duration.ofSeconds(LIMIT_SECONDS));
      if (batch.isEmpty()) {
        return records;
      }
      records.addAll(is(batch.get()));
    }
    Optional<ReadBatch> more = reader.poll(Duration.ofMillis(count == 0 ? 5 : 0));
    more.ifPresent(batch -> records.addAll(is(batch)));
    return records;
  }

  private void newReader(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      return;
    }
    if (readers.size() == 2) {
      readers.remove(0).reader.close();
    }
    ReaderOptions.OnTrimmed onTrimmed =
        step.b() % 2 == 0 ? ReaderOptions.OnTrimmed.FAIL : ReaderOptions.OnTrimmed.EARLIEST;
    Reading reading =
        new Reading(
            handle, handle.log.newReader(readerOptions(onTrimmed, 1 + step.c() * 3)), onTrimmed);
    for (Part part : handle.model.parts()) {
      reading.reader.assign(part.number(), StartAt.offset(part.start()));
      reading.positions.put(part.number(), part.start());
    }
    readers.add(reading);
  }

  private void poll(ModelStep step) throws InterruptedException {
    if (readers.isEmpty()) {
      return;
    }
    Reading reading = pick(readers, step.a());
    if (reading.handle.model.isGone()) {
      readers.remove(reading);
      reading.reader.close();
      return;
    }
    boolean isMoreExpected = false;
    boolean mayFail = false;
    boolean mayBeTrimmed = false;
    for (var at : reading.positions.entrySet()) {
      Part part = reading.handle.model.part(at.getKey());
      if (reading.paused.contains(part.number())) {
        continue;
      }
      mayBeTrimmed |= at.getValue() < part.start();
      mayFail |= at.getValue() < part.start() && reading.onTrimmed == ReaderOptions.OnTrimmed.FAIL;
      isMoreExpected |= Math.max(at.getValue(), part.start()) < part.end();
    }
    boolean isWorthWaiting = isMoreExpected || mayFail;
    Answer is =
        answer(
            () ->
                reading.reader.poll(
                    isWorthWaiting ? Duration.ofSeconds(LIMIT_SECONDS) : Duration.ZERO));
    trace.add("    poll -> " + is);
    if (is.failure != null) {
      if (!mayFail || !(is.failure instanceof RaftlessException.OffsetOutOfRange)) {
        throw wrong("poll", "a batch", is);
      }
      reach("reader met what was trimmed");
      readers.remove(reading);
      reading.reader.close();
      return;
    }
    if (!(is.value instanceof Optional<?> found) || found.isEmpty()) {
      if (isWorthWaiting) {
        throw wrong("poll", "a batch", is);
      }
      return;
    }
    ReadBatch batch = (ReadBatch) found.get();
    Part part = reading.handle.model.part(batch.partition());
    long at = Objects.requireNonNull(reading.positions.get(batch.partition()));
    boolean isNext = batch.baseOffset() == at;
    boolean isJump = at < batch.baseOffset() && batch.baseOffset() <= part.start();
    if (!(isNext || (isJump && reading.onTrimmed == ReaderOptions.OnTrimmed.EARLIEST))
        || reading.paused.contains(batch.partition())
        || batch.records().isEmpty()
        || batch.nextOffset() > part.end()
        || !is(batch).equals(expected(part, batch.baseOffset(), batch.nextOffset()))) {
      throw wrong("poll of a reader at " + reading.positions, "what comes next", is);
    }
    if (isJump && !isNext) {
      reach("reader jumped over what was trimmed");
    }
    if (mayBeTrimmed && isNext && batch.baseOffset() < part.start()) {
      reach("reader had fetched what was trimmed");
    }
    reading.positions.put(batch.partition(), batch.nextOffset());
    if (part.start() <= batch.nextOffset()
        && reading.reader.position(batch.partition()).orElse(-1) != batch.nextOffset()) {
      throw wrong("the position should be " + batch.nextOffset());
    }
  }

  private void seek(ModelStep step) {
    if (readers.isEmpty()) {
      return;
    }
    Reading reading = pick(readers, step.a());
    if (reading.handle.model.isGone()) {
      return;
    }
    int number = part(step.b()).number();
    boolean isAssigned = reading.positions.containsKey(number);
    Part part = reading.handle.model.part(number);
    long to =
        part.start() + (part.end() == part.start() ? 0 : step.c() % (part.end() - part.start()));
    same(
        "seek to " + to + " in " + number,
        () -> {
          if (!isAssigned) {
            throw new Refusal(IllegalStateException.class);
          }
          reading.positions.put(number, to);
          return null;
        },
        () -> {
          reading.reader.seek(number, StartAt.offset(to));
          return null;
        });
  }

  private void pause(ModelStep step) {
    if (readers.isEmpty()) {
      return;
    }
    Reading reading = pick(readers, step.a());
    Integer number = part(step.b()).number();
    if (!reading.positions.containsKey(number)) {
      return;
    }
    if (reading.paused.remove(number)) {
      reading.reader.resume(number);
    } else {
      reading.reader.pause(number);
      reading.paused.add(number);
    }
    trace.add("    paused " + reading.paused);
  }

  private void closeReader(ModelStep step) {
    if (readers.isEmpty()) {
      return;
    }
    Reading reading = pick(readers, step.a());
    reading.reader.close();
    readers.remove(reading);
    requireFailure(
        "poll of a closed reader",
        List.of(IllegalStateException.class),
        answer(() -> reading.reader.poll(Duration.ZERO)));
  }

  private long time(ModelStep step) {
    return now() - step.c() * (step.d() % 2 == 0 ? 20L : 20_000L) + 6_000;
  }

  private void offsetAt(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      return;
    }
    int number = partition(step.b());
    int known = knownPartitions(handle);
    long time = time(step);
    same(
        "offset in " + number + " at " + time,
        () -> handle.model.partition(number, known).firstAt(time),
        () -> handle.log.offsetForTime(number, time));
  }

  // ------------------------------------------------------------------------------------ looking

  private void status(ModelStep step) {
    Handle handle = handle(step.a());
    int number = partition(step.b());
    int known = knownPartitions(handle);
    same(
        "status of " + number,
        () -> {
          handle.model.requireThere();
          Part part = handle.model.partition(number, known);
          return List.of(part.start(), part.end(), handle.model.state() == LogModel.State.FENCED);
        },
        () ->
            handle
                .log
                .status(number)
                .thenApply(s -> List.of(s.startOffset(), s.nextOffset(), s.fenced())));
  }

  private void describe(ModelStep step) {
    Handle handle = handle(step.a());
    if (handle.model.isGone()) {
      same(
          "describe",
          () -> {
            throw new Refusal(LogModel.GONE);
          },
          handle.log::describe);
    } else {
      describe(handle);
      same(
          "describe from outside",
          () -> answer(handle.log::describe).value,
          () -> admin.describe(ID));
    }
  }

  /** Compares the writer ids, and learns their epochs. */
  private void describe(Handle handle) {
    Answer is = answer(handle.log::describe);
    if (!(is.value instanceof LogDescription description)) {
      throw wrong("describe", "a description", is);
    }
    LogModel model = handle.model;
    boolean isSame =
        description.partitions().size() == model.partitions()
            && description.settings().equals(model.settings())
            && (description.state().status() == LogState.Status.FENCED)
                == (model.state() == LogModel.State.FENCED)
            && description.state().generation() == model.generation();
    for (LogDescription.PartitionDescription there : description.partitions()) {
      Part part = model.part(there.partition());
      isSame &=
          there.state().equals(description.state())
              && there.startOffset() == part.start()
              && there.nextOffset() == part.end()
              && there.writers().size() == part.writers().size();
      for (LogDescription.WriterDescription writer : there.writers()) {
        LogModel.Writer known = part.writers().get(writer.writerId());
        isSame &=
            known != null
                && known.holder().equals(writer.holder())
                && Objects.equals(known.position(), writer.position())
                && known.supersededHolders() == writer.supersededHolders();
        if (known != null) {
          model.learnEpoch(part.number(), writer.writerId(), writer.epoch());
        }
      }
    }
    if (!isSame) {
      throw wrong("describe", "what the model says", is);
    }
  }

  private void list() {
    same(
        "list",
        () -> List.of(List.of(ID, current.incarnation(), current.isGone(), current.partitions())),
        () ->
            admin
                .list("model")
                .thenApply(
                    all ->
                        all.stream()
                            .map(
                                log ->
                                    List.of(
                                        log.id(),
                                        log.incarnation(),
                                        log.state().status() == LogState.Status.DELETED,
                                        log.partitions()))
                            .toList()));
  }

  private static Head head(RaftlessLog log, int partition) {
    Answer is = answer(() -> log.partition(partition).readHead());
    return (Head) ((Optional<?>) Objects.requireNonNull(is.value)).orElseThrow();
  }

  /** Reads everything, through a handle that knows nothing, and looks at the index as well. */
  void look() throws InterruptedException {
    if (current.isGone()) {
      return;
    }
    RaftlessLog log = RaftlessLog.open(store, ID, OPTIONS, runtime());
    try {
      Handle fresh = new Handle(log, current, log.newStager(StagerOptions.defaults()));
      describe(fresh);
      same("groups", current::groups, log::groups);
      VerifyReport report = log.verify(VerifyOptions.full());
      if (!report.isIntact()) {
        throw wrong("verify finds " + report.findings());
      }
      try {
        new Accounting(store, ID).everythingNeededExists();
      } catch (AssertionError e) {
        throw wrong(String.valueOf(e.getMessage()));
      }
      for (Part part : current.parts()) {
        lookAt(fresh, part);
        for (String group : GROUPS) {
          same(
              "position of " + group + " in " + part.number(),
              () -> current.position(group, part.number()),
              () -> log.group(group).position(part.number()).thenApply(ModelRun::positionOf));
        }
      }
    } finally {
      log.close();
    }
  }

  private void lookAt(Handle fresh, Part part) throws InterruptedException {
    try (LogReader reader =
        fresh.log.newReader(readerOptions(ReaderOptions.OnTrimmed.FAIL, 1 << 20))) {
      reader.assign(part.number(), StartAt.earliest());
      List<Read> records = drain(reader, (int) (part.end() - part.start()));
      if (!records.equals(expected(part, part.start(), part.end()))) {
        throw wrong(
            "partition "
                + part.number()
                + " reads "
                + records.size()
                + " records that should be "
                + (part.end() - part.start())
                + "\n"
                + records
                + "\n"
                + expected(part, part.start(), part.end()));
      }
    }
    Head head = head(fresh.log, part.number());
    if (head.indexStart() != part.indexStart()) {
      throw wrong("the index begins at " + head.indexStart() + ", not at " + part.indexStart());
    }
    long items = 0;
    for (Item item : items(fresh.log, head)) {
      items++;
      requireItem(part, item);
    }
    reach("index with two levels of nodes", head.wal().levels().size() > 2 ? 1 : 0);
    reach("segments with nodes", head.segments().levels().size() > 1 ? 1 : 0);
    reach("items", items);
  }

  private List<Item> items(RaftlessLog log, Head head) {
    List<Item> items = new ArrayList<>();
    long offset = head.indexStart();
    while (offset < head.nextOffset()) {
      long at = offset;
      Answer is = answer(() -> log.partition(head.partition()).index().itemAt(head, at));
      if (!(is.value instanceof Optional<?> found)
          || found.isEmpty()
          || !(found.get() instanceof Item item)
          || item.baseOffset() != offset) {
        throw wrong("the item at " + at, "one that begins there", is);
      }
      items.add(item);
      offset = item.endOffset();
    }
    return items;
  }

  private void requireItem(Part part, Item item) {
    long latest =
        part.records(item.baseOffset(), item.endOffset()).stream()
            .mapToLong(LogRecord::timestamp)
            .max()
            .orElseThrow();
    long batches =
        part.batches().stream()
            .filter(batch -> batch.base() >= item.baseOffset() && batch.end() <= item.endOffset())
            .count();
    boolean isWhole = item instanceof Segment segment ? segment.sources() == batches : batches == 1;
    if (item instanceof Entry entry) {
      reach("batch in the head", entry.data() != null ? 1 : 0);
      reach("batch that was written out", entry.object() != null ? 1 : 0);
    }
    if (item instanceof Segment segment) {
      reach(segment.label() == null ? "segment without data" : "segment with data");
      reach(
          "segment that was cut",
          segment.label() != null && segment.dataOffset() > segment.baseOffset() ? 1 : 0);
      reach("segment of many batches", segment.sources() > 3 ? 1 : 0);
    }
    boolean isTimeRight =
        item.maxTimestamp() == latest
            || (item instanceof Segment segment
                && item.maxTimestamp() <= latest
                && segment.dataOffset() > segment.baseOffset());
    if (!isWhole
        || !isTimeRight
        || (item instanceof Entry) != (batches == 1 && item instanceof Entry)) {
      throw wrong("item " + item + " of " + batches + " batches, latest of " + latest);
    }
  }

  @Override
  public void close() {
    readers.forEach(reading -> reading.reader.close());
    handles.forEach(handle -> handle.log.close());
    admin.close();
  }
}
