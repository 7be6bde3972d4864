package io.raftless.sim;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.log.Acknowledgement;
import io.raftless.log.AppendConditions;
import io.raftless.log.CommitResult;
import io.raftless.log.GroupPosition;
import io.raftless.log.LogReader;
import io.raftless.log.LogWriter;
import io.raftless.log.PartitionStatus;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.ResetTo;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import io.raftless.log.StagerOptions;
import io.raftless.log.StartAt;
import io.raftless.log.WriterClaim;
import io.raftless.log.WriterOptions;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.maintenance.VerifyReport;
import io.raftless.runtime.Waiting;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.sim.history.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One client: does the steps of its plan, one after the other, with the API that users have, and
 * notes what it asked and was told. It lives on a machine; after a crash it goes on with the step
 * after the one in which it was caught, and with nothing in its memory.
 */
final class Client {
  private static final String GROUP = "group";

  /** Whatever there is, in small segments, few at a time. */
  private static final CompactionOptions EAGER =
      new CompactionOptions(
          1 << 10,
          new SegmentSettings(1 << 10, Compression.NONE, Compression.DEFAULT_ZSTD_LEVEL),
          1,
          1,
          Duration.ZERO,
          true,
          4,
          2);

  private final Environment environment;
  private final Plan.Client plan;
  private final Machine machine;
  private final Observations observations;
  private final Random random;
  private int next;
  private boolean isDone;
  private int holders;

  /** Of this life, as all that follows. */
  private @Nullable Memory memory;

  Client(Environment environment, Plan.Client plan, Machine machine) {
    this.environment = environment;
    this.plan = plan;
    this.machine = machine;
    this.observations = environment.observations();
    this.random = new Random(environment.plan().seed() * 31 + plan.name().hashCode());
  }

  /** What a crash takes. */
  private static final class Memory {
    private final int life;
    private final RaftlessLog log;
    private LogWriter writer;
    private Map<Integer, WriterClaim> claims = Map.of();
    private @Nullable WriterClaim anyClaim;
    private final Map<Integer, @Nullable String> positions = new HashMap<>();

    /** Of this writer, by partition: who went on after a failure has begun a new one. */
    private final Map<Integer, String> streams = new HashMap<>();

    /** Streams of which something was told to have failed: those and no others can go on. */
    private final Set<String> failedStreams = new HashSet<>();

    private final Map<Integer, Long> readUpTo = new HashMap<>();
    private final String readerName;

    Memory(int life, RaftlessLog log, LogWriter writer, String readerName) {
      this.life = life;
      this.log = log;
      this.writer = writer;
      this.readerName = readerName;
    }
  }

  boolean isDone() {
    return isDone;
  }

  Machine machine() {
    return machine;
  }

  String name() {
    return plan.name();
  }

  /** To be called when its machine starts, and when it starts again. */
  void start() {
    memory = null;
    machine.spawn(this::run);
  }

  private void run() {
    while (next < plan.steps().size()) {
      environment.pause(this, next, random);
      Step step = plan.steps().get(next++);
      machine.world().journal().add(Journal.Kind.CALLED, machine, null, name() + " " + step);
      environment.reached().add(step.getClass().getSimpleName());
      attempt(step);
    }
    drain();
    isDone = true;
  }

  private void drain() {
    Memory mine = memory;
    if (mine != null) {
      // All that was appended is decided or given up.
      try {
        Waiting.join(mine.writer.flush());
      } catch (CompletionException e) {
        expected(null, e);
      }
    }
  }

  /** What may go wrong in any step, because others and the store are as they are, goes wrong. */
  private void attempt(Step step) {
    try {
      perform(step, memory());
    } catch (RaftlessException e) {
      environment.expected(this, step, e);
    } catch (CompletionException e) {
      expected(step, e);
    } catch (IllegalStateException e) {
      if (!isClockTrouble(e)) {
        throw e;
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts strands", e);
    }
  }

  /** A machine whose clock is more than a day off makes no labels, and says so. */
  static boolean isClockTrouble(@Nullable Throwable trouble) {
    return trouble instanceof IllegalStateException
        && String.valueOf(trouble.getMessage()).contains("clock");
  }

  private Memory memory() {
    Memory mine = memory;
    if (mine == null) {
      mine = open();
      memory = mine;
    }
    return mine;
  }

  private Memory open() {
    for (int tries = 0; ; tries++) {
      try {
        RaftlessLog log = environment.logOn(machine);
        String stream = observations.newStream(name());
        return new Memory(machine.life(), log, log.newWriter(writerOptions()), stream + "-reader");
      } catch (RaftlessException.Failed e) {
        if (tries == 200) {
          throw e;
        }
        machine.sleep(Duration.ofMillis(100));
      }
    }
  }

  private WriterOptions writerOptions() {
    return WriterOptions.defaults()
        .withLingerMillis(random.nextInt(30))
        .withCompression(Compression.NONE);
  }

  private void perform(Step step, Memory mine) throws InterruptedException {
    if (step instanceof Step.Append append) {
      append(mine, append);
    } else if (step instanceof Step.AppendTogether append) {
      appendTogether(mine, append);
    } else if (step instanceof Step.AppendWithPosition append) {
      appendWithPosition(mine, append.partition());
    } else if (step instanceof Step.Flush) {
      flush(mine);
    } else if (step instanceof Step.Stage stage) {
      stage(mine, stage);
    } else if (step instanceof Step.Commit commit) {
      commit(mine, commit);
    } else if (step instanceof Step.Acquire acquire) {
      acquire(mine, acquire.writerId(), name() + "-" + machine.life() + "-" + holders++);
    } else if (step instanceof Step.AcquireAgain) {
      WriterClaim claim = mine.anyClaim;
      if (claim != null) {
        acquire(mine, claim.writerId(), claim.holder());
      }
    } else if (step instanceof Step.Fence) {
      fence(mine);
    } else if (step instanceof Step.Unfence) {
      unfence(mine);
    } else if (step instanceof Step.Compact compact) {
      if (compact.partition() < mine.log.partitions()) {
        environment
            .reached()
            .add("Compact " + mine.log.compact(compact.partition(), EAGER).outcome());
      }
    } else if (step instanceof Step.Vacuum vacuum) {
      var report =
          Waiting.join(
              mine.log.vacuum(
                  VacuumOptions.defaults().withRetention(vacuum.retention()), key -> {}));
      environment.reached().add("Vacuum " + report.clocks());
    } else if (step instanceof Step.Trim trim) {
      trim(mine, trim);
    } else if (step instanceof Step.Grow grow) {
      Waiting.join(mine.log.addPartitions(grow.partitions()));
    } else if (step instanceof Step.Settings settings) {
      Waiting.join(
          mine.log.changeSettings(
              before -> before.withVacuumRetention(settings.vacuumRetention())));
    } else if (step instanceof Step.StorePosition store) {
      storePosition(mine, store.partition());
    } else if (step instanceof Step.Read read) {
      read(mine, read);
    } else if (step instanceof Step.CatchUp catchUp) {
      catchUp(mine, catchUp.partition());
    } else if (step instanceof Step.Look look) {
      var unused = look(mine, look.partition());
    } else if (step instanceof Step.Verify) {
      verify(mine);
    } else if (step instanceof Step.Acknowledge acknowledge) {
      acknowledge(mine, acknowledge);
    } else if (step instanceof Step.Reopen) {
      machine.world().recorder().givesUp(machine, mine.writer);
      mine.writer.closeNow();
      machine.world().recorder().gaveUp();
      newWriter(mine, Map.of());
    } else if (step instanceof Step.Rest rest) {
      machine.sleep(rest.time());
    }
  }

  private void newWriter(Memory mine, Map<Integer, WriterClaim> claims) {
    mine.writer = mine.log.newWriter(writerOptions(), claims);
    mine.claims = claims;
    mine.streams.clear();
  }

  private String stream(Memory mine, int partition) {
    return mine.streams.computeIfAbsent(partition, any -> observations.newStream(name()));
  }

  private static LogRecord record(String text) {
    return LogRecord.of(null, text.getBytes(StandardCharsets.UTF_8), 0);
  }

  private Call.Append call(
      Memory mine, int partition, String batch, List<String> records, @Nullable Long expected) {
    WriterClaim claim = mine.claims.get(partition);
    return new Call.Append(
        batch,
        records,
        expected,
        claim == null ? null : claim.writerId(),
        claim == null ? null : claim.epoch());
  }

  private void append(Memory mine, Step.Append step) throws InterruptedException {
    for (int i = 0; i < step.records(); i++) {
      String text = observations.newRecord(name());
      String stream = stream(mine, step.partition());
      Observations.Asked asked =
          ask(stream, step.partition(), call(mine, step.partition(), text, List.of(text), null));
      tellAppended(
          mine,
          stream,
          asked,
          begun(
              mine.writer, List.of(text), writer -> writer.append(step.partition(), record(text))));
    }
  }

  /** A call that throws is one that failed. */
  private CompletableFuture<Long> begun(LogWriter writer, List<String> texts, Appending appending)
      throws InterruptedException {
    try {
      CompletableFuture<Long> offset = appending.on(writer);
      if (!offset.isDone()) {
        // Otherwise it was refused, and has no place in the order.
        machine.world().recorder().appended(machine, writer, texts);
      }
      return offset;
    } catch (RaftlessException | IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private interface Appending {
    CompletableFuture<Long> on(LogWriter writer) throws InterruptedException;
  }

  private void appendTogether(Memory mine, Step.AppendTogether step) throws InterruptedException {
    Long expected = null;
    if (step.isConditional()) {
      expected = look(mine, step.partition()).nextOffset();
    }
    appendBatch(
        mine,
        step.partition(),
        step.records(),
        expected,
        expected == null ? AppendConditions.NONE : AppendConditions.at(expected));
  }

  private void appendWithPosition(Memory mine, int partition) throws InterruptedException {
    WriterClaim claim = mine.claims.get(partition);
    AppendConditions conditions =
        claim == null
            ? AppendConditions.NONE
            : AppendConditions.withPosition(observations.newRecord("position"));
    appendBatch(mine, partition, 1, null, conditions);
  }

  private void appendBatch(
      Memory mine, int partition, int count, @Nullable Long expected, AppendConditions conditions)
      throws InterruptedException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(observations.newRecord(name()));
    }
    String position = conditions.position();
    if (position != null) {
      observations.listener().carries(texts.get(0), position);
    }
    String stream = stream(mine, partition);
    Observations.Asked asked =
        ask(stream, partition, call(mine, partition, texts.get(0), texts, expected));
    List<LogRecord> records = texts.stream().map(Client::record).toList();
    tellAppended(
        mine,
        stream,
        asked,
        begun(mine.writer, texts, writer -> writer.append(partition, records, conditions)));
  }

  private void flush(Memory mine) {
    LogWriter writer = mine.writer;
    try {
      Waiting.join(writer.flush());
    } catch (CompletionException e) {
      expected(null, e);
      if (writer == mine.writer) {
        goOn(mine);
      }
    }
  }

  /**
   * With what is known to have failed. Another partition may be about to fail, but as long as
   * nobody was told, it is not certain that going on has begun another stream there.
   */
  private static void goOn(Memory mine) {
    Map.copyOf(mine.streams)
        .forEach(
            (partition, stream) -> {
              if (mine.failedStreams.contains(stream)) {
                mine.writer.goOn(partition);
                mine.streams.remove(partition);
              }
            });
  }

  private void expected(@Nullable Step step, CompletionException trouble) {
    if (trouble.getCause() instanceof RaftlessException known) {
      environment.expected(this, step, known);
    } else if (!isClockTrouble(trouble.getCause())) {
      throw trouble;
    }
  }

  private void stage(Memory mine, Step.Stage step) throws InterruptedException {
    Map<Integer, List<String>> texts = new HashMap<>();
    try (Stager stager =
        mine.log.newStager(StagerOptions.defaults().withCompression(Compression.NONE))) {
      for (int partition : step.partitions()) {
        List<String> ofPartition = new ArrayList<>();
        for (int i = 0; i < step.records(); i++) {
          String text = observations.newRecord(name());
          ofPartition.add(text);
          stager.add(partition, record(text));
        }
        texts.put(partition, ofPartition);
      }
      for (List<StagedBatch> object : Waiting.join(stager.stage())) {
        for (StagedBatch batch : object) {
          observations.keep(
              new Observations.Staged(batch, texts.getOrDefault(batch.partition(), List.of())));
        }
      }
    }
  }

  private void commit(Memory mine, Step.Commit step) {
    List<Observations.Staged> all = observations.staged();
    if (all.isEmpty()) {
      return;
    }
    Observations.Staged staged = all.get(step.pick() % all.size());
    int partition = staged.batch().partition();
    WriterClaim claim = step.isClaimed() ? mine.claims.get(partition) : null;
    Observations.Asked asked =
        ask(
            observations.newStream(name()),
            partition,
            new Call.Append(
                staged.name(),
                staged.records(),
                null,
                claim == null ? null : claim.writerId(),
                claim == null ? null : claim.epoch()));
    CompletableFuture<CommitResult> result =
        mine.log.commit(partition, List.of(staged.batch()), claim, null);
    tell(mine, asked, result, done -> new Answer.Appended(done.baseOffsets().get(0)));
    Waiting.join(result);
  }

  private void acquire(Memory mine, String writerId, String holder) {
    List<Observations.Asked> asked = askAll(new Call.Acquire(writerId, holder));
    LogWriter before = mine.writer;
    CompletableFuture<Map<Integer, WriterClaim>> claims = mine.log.acquire(writerId, holder);
    var unused =
        claims.whenComplete(
            (got, trouble) -> {
              for (Observations.Asked one : asked) {
                WriterClaim claim = got == null ? null : got.get(one.partition());
                if (claim != null) {
                  tellNow(mine, one, new Answer.Epoch(claim.epoch()));
                } else {
                  // Not there yet; or nobody says how far it came before it failed.
                  tellNow(mine, one, got == null ? new Answer.Unknown() : new Answer.Failed());
                }
              }
            });
    Map<Integer, WriterClaim> got = Waiting.join(claims);
    newWriter(mine, got);
    got.values().forEach(claim -> mine.positions.put(claim.partition(), claim.position()));
    mine.anyClaim = got.get(0);
    // What it still has goes on: a zombie.
    var unusedToo = before.flush().exceptionally(trouble -> null);
  }

  private void fence(Memory mine) {
    List<Observations.Asked> asked = askAll(new Call.Fence());
    CompletableFuture<Long> fence = mine.log.fence("simulated");
    tellAll(mine, asked, fence);
    observations.fenced(Waiting.join(fence));
  }

  private void unfence(Memory mine) {
    long generation = observations.lastFence();
    if (generation == 0) {
      return;
    }
    List<Observations.Asked> asked = askAll(new Call.Unfence(generation));
    CompletableFuture<Long> unfence = mine.log.unfence(generation, "simulated");
    tellAll(mine, asked, unfence);
    Waiting.join(unfence);
  }

  private List<Observations.Asked> askAll(Call call) {
    List<Observations.Asked> asked = new ArrayList<>();
    String stream = observations.newStream(name());
    for (int partition = 0; partition < Plan.MOST_PARTITIONS; partition++) {
      asked.add(ask(stream, partition, call));
    }
    return asked;
  }

  /** Where it failed, some partitions may have taken the state. */
  private void tellAll(
      Memory mine, List<Observations.Asked> asked, CompletableFuture<Long> generation) {
    var unused =
        generation.whenComplete(
            (got, trouble) ->
                asked.forEach(
                    one ->
                        tellNow(
                            mine,
                            one,
                            got == null ? new Answer.Unknown() : new Answer.Generation(got))));
  }

  private PartitionStatus look(Memory mine, int partition) {
    String stream = observations.newStream(name());
    Observations.Asked tail = ask(stream, partition, new Call.Tail());
    Observations.Asked start = ask(stream, partition, new Call.Start());
    CompletableFuture<PartitionStatus> status = mine.log.status(partition);
    tell(mine, tail, status, got -> new Answer.Offset(got.nextOffset()));
    tell(mine, start, status, got -> new Answer.Offset(got.startOffset()));
    return Waiting.join(status);
  }

  private void trim(Memory mine, Step.Trim step) {
    PartitionStatus now = look(mine, step.partition());
    long to = now.startOffset() + (now.nextOffset() - now.startOffset()) * step.percent() / 100;
    String stream = observations.newStream(name());
    Observations.Asked trim = ask(stream, step.partition(), new Call.Trim(to));
    Observations.Asked start = ask(stream, step.partition(), new Call.Start());
    CompletableFuture<Long> trimmed = mine.log.trim(step.partition(), to);
    // It says where the partition starts when it has looked, which may be later than its own effect
    // (if the answer to that was lost) and beyond it.
    tell(mine, trim, trimmed, got -> got == to ? new Answer.Offset(got) : new Answer.Unknown());
    tell(mine, start, trimmed, Answer.Offset::new);
    Waiting.join(trimmed);
  }

  private void storePosition(Memory mine, int partition) {
    WriterClaim claim = mine.claims.get(partition);
    if (claim == null) {
      return;
    }
    String position = observations.newRecord("position");
    String expected = mine.positions.get(partition);
    observations.listener().stores(claim, expected, position);
    Waiting.join(mine.log.storePosition(claim, expected, position));
    mine.positions.put(partition, position);
  }

  private void read(Memory mine, Step.Read step) throws InterruptedException {
    int partition = step.partition();
    boolean isStrict = random.nextBoolean();
    long from = step.isFromEarliest() ? 0 : mine.readUpTo.getOrDefault(partition, 0L);
    ReaderOptions options =
        new ReaderOptions(
            1 << 20,
            5,
            100,
            isStrict ? ReaderOptions.OnTrimmed.FAIL : ReaderOptions.OnTrimmed.EARLIEST);
    try (LogReader reader = mine.log.newReader(options)) {
      reader.assign(partition, StartAt.offset(from));
      for (int i = 0; i < step.polls(); i++) {
        Optional<ReadBatch> batch = poll(mine, reader, partition, from);
        if (batch.isPresent()) {
          from = batch.get().nextOffset();
          mine.readUpTo.put(partition, from);
        }
      }
    }
  }

  /** Faults end at last, so whoever reads on comes to what was the end before. */
  private void catchUp(Memory mine, int partition) throws InterruptedException {
    long end = look(mine, partition).nextOffset();
    ReaderOptions options = new ReaderOptions(1 << 20, 5, 100, ReaderOptions.OnTrimmed.EARLIEST);
    try (LogReader reader = mine.log.newReader(options)) {
      reader.assign(partition, StartAt.offset(mine.readUpTo.getOrDefault(partition, 0L)));
      for (OptionalLong at = reader.position(partition);
          at.isEmpty() || at.getAsLong() < end;
          at = reader.position(partition)) {
        poll(mine, reader, partition, at.orElse(mine.readUpTo.getOrDefault(partition, 0L)))
            .ifPresent(batch -> mine.readUpTo.put(partition, batch.nextOffset()));
      }
    }
  }

  private Optional<ReadBatch> poll(Memory mine, LogReader reader, int partition, long from)
      throws InterruptedException {
    try {
      for (int waits = 0; waits < 10; waits++) {
        Optional<ReadBatch> batch = reader.poll(Duration.ZERO);
        if (batch.isPresent()) {
          List<String> texts = batch.get().records().stream().map(Simulation::text).toList();
          observations.told(
              machine,
              ask(mine.readerName, partition, new Call.Read(from)),
              new Answer.Records(batch.get().baseOffset(), texts));
          return batch;
        }
        environment.pausePolling(this, Duration.ofMillis(1 + random.nextInt(30)));
      }
      return Optional.empty();
    } catch (RaftlessException.OffsetTrimmed e) {
      mine.readUpTo.put(partition, e.startOffset());
      observations.told(
          machine,
          ask(mine.readerName, partition, new Call.Read(from)),
          new Answer.Rejected(Reason.TRIMMED));
      throw e;
    }
  }

  private void verify(Memory mine) {
    VerifyReport report = mine.log.verify(VerifyOptions.full());
    if (!report.isIntact() && environment.plan().faults().bitFlips() == 0) {
      throw new Violation("VerifyFindsNothing", report.toString());
    }
  }

  private void acknowledge(Memory mine, Step.Acknowledge step) {
    int partition = step.partition();
    var group = mine.log.group(GROUP);
    GroupPosition position = Waiting.join(group.start(partition, ResetTo.earliest()));
    OptionalLong offset = position.offset();
    long end = look(mine, partition).nextOffset();
    if (offset.isEmpty() || offset.getAsLong() >= end) {
      return;
    }
    long from = offset.getAsLong();
    long to = Math.min(end, from + step.records());
    Acknowledgement answer =
        Waiting.join(group.acknowledge(partition, position.generation(), from, to));
    if (answer instanceof Acknowledgement.Advanced) {
      for (long at = from; at < to; at++) {
        if (!observations.acknowledgedFirst(partition, position.generation(), at)) {
          throw new Violation(
              "AcknowledgedOnce", "offset " + at + " of partition " + partition + " twice");
        }
      }
    }
  }

  private Observations.Asked ask(String stream, int partition, Call call) {
    return observations.asked(machine, stream, partition, call);
  }

  private void tellAppended(
      Memory mine, String stream, Observations.Asked asked, CompletableFuture<Long> offset) {
    tell(
        mine,
        asked,
        offset.whenComplete(
            (base, trouble) -> {
              if (trouble != null) {
                mine.failedStreams.add(stream);
              }
            }),
        Answer.Appended::new);
  }

  private <T> void tell(
      Memory mine,
      Observations.Asked asked,
      CompletableFuture<T> future,
      Function<T, Answer> whenDone) {
    var unused =
        future.whenComplete(
            (value, trouble) -> {
              try {
                tellNow(mine, asked, trouble == null ? whenDone.apply(value) : answer(trouble));
              } catch (RuntimeException e) {
                // Nobody would hear of it: this runs inside of a future.
                environment.report(
                    e instanceof Violation known
                        ? known
                        : new Violation("NoUnexpectedError", String.valueOf(e), e));
              }
            });
  }

  /** The dead hear nothing. */
  private void tellNow(Memory mine, Observations.Asked asked, Answer answer) {
    if (machine.isAlive() && machine.life() == mine.life) {
      observations.told(machine, asked, answer);
    }
  }

  private Answer answer(Throwable trouble) {
    Throwable cause =
        trouble instanceof CompletionException && trouble.getCause() != null
            ? trouble.getCause()
            : trouble;
    if (cause instanceof RaftlessException known) {
      environment.expected(this, null, known);
    }
    if (cause instanceof RaftlessException.UnknownOutcome) {
      return new Answer.Unknown();
    }
    if (cause instanceof RaftlessException.LogFenced) {
      return new Answer.Rejected(Reason.LOG_FENCED);
    }
    if (cause instanceof RaftlessException.WriterFenced fenced) {
      return new Answer.Rejected(
          fenced.holder().isPresent() ? Reason.WRITER_FENCED : Reason.UNKNOWN_WRITER);
    }
    if (cause instanceof RaftlessException.OffsetMismatch
        || cause instanceof RaftlessException.OffsetBeyondEnd) {
      return new Answer.Rejected(Reason.WRONG_OFFSET);
    }
    if (cause instanceof RaftlessException.EarlierRequestFailed) {
      return new Answer.Rejected(Reason.EARLIER_FAILED);
    }
    if (cause instanceof RaftlessException.StagedBatchExpired) {
      return new Answer.Rejected(Reason.EXPIRED);
    }
    if (cause instanceof RaftlessException || cause instanceof IllegalStateException) {
      return new Answer.Failed();
    }
    throw new Violation("NoUnexpectedError", name() + " was told " + cause, cause);
  }
}
