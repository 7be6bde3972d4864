package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.id.Label;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.RetentionOutcome;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.maintenance.VerifyReport;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.RequestCounts;
import io.raftless.store.s3.S3Settings;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything at once, for a while: eight processes append, four read, two compact, one trims what
 * all readers have read, one vacuums. Nothing is lost, nothing is there twice, and every byte in
 * the bucket is accounted for.
 *
 * <p>A build runs it small, over HTTP. The profile {@code soak} runs it with 1 GiB and 100,000
 * batches; {@link SoakSettings} says what can be set. A run is replayed with {@code
 * -Draftless.seed=N}; threads make it similar, not identical.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class SoakTest {
  private static final Logger LOG = LoggerFactory.getLogger(SoakTest.class);
  private static final LogId ID = LogId.of("soak", "log");
  private static final LogOptions OPTIONS = LogOptions.defaults();

  /** Batches of a writer that have no offset yet. */
  private static final int MOST_UNDER_WAY = 16;

  private static final Duration POLL = Duration.ofMillis(100);

  private final SoakSettings settings = SoakSettings.fromProperties();
  private final SoakClock clock = new SoakClock();
  private final SoakContent content = new SoakContent(settings);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final @Nullable EmbeddedS3 server =
      settings.store() == SoakSettings.Store.HTTP ? EmbeddedS3.inMemory() : null;
  private final ObjectStore store = server == null ? new MemoryObjectStore() : open(server);

  /** What every role asks the store for. */
  private final Map<String, CountingObjectStore> roles = new TreeMap<>();

  private final List<RaftlessLog> logs = new ArrayList<>();
  private final List<String> groups = new ArrayList<>();

  /** Somebody failed: everybody else stops. */
  private final AtomicReference<@Nullable Throwable> trouble = new AtomicReference<>();

  /** The last reader rests until then, so that its cursor holds retention back. */
  private final CountDownLatch isMostlyWritten = new CountDownLatch(1);

  private final CountDownLatch isWritten = new CountDownLatch(1);
  private final CountDownLatch isRead = new CountDownLatch(1);

  /** Place of the first record of every batch, and which it is. */
  private final Map<Place, Written> acknowledged = new ConcurrentHashMap<>();

  /** How many records each writer appended to each partition. */
  private final long[][] appended = new long[SoakSettings.WRITERS][settings.partitions()];

  private final AtomicLong appendedBytes = new AtomicLong();
  private final AtomicLong slowestAppendMillis = new AtomicLong();
  private final AtomicLong trimmedRecords = new AtomicLong();
  private final AtomicLong deletedObjects = new AtomicLong();
  private final AtomicLong deletedBytes = new AtomicLong();
  private final AtomicInteger pinned = new AtomicInteger();
  private final AtomicInteger vacuums = new AtomicInteger();
  private final AtomicInteger segments = new AtomicInteger();
  private final AtomicInteger overtaken = new AtomicInteger();
  private final List<String> report = new ArrayList<>();

  private record Place(int partition, long offset) {}

  private record Written(int writer, long number) {}

  private static ObjectStore open(EmbeddedS3 on) {
    return S3Settings.builder(on.bucket())
        .endpoint(on.endpoint())
        .credentials(on.accessKeyId(), on.secretAccessKey())
        .build()
        .open();
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    logs.forEach(RaftlessLog::close);
    store.close();
    if (server != null) {
      server.close();
    }
  }

  /** A process of its own. */
  private RaftlessLog process(String role, ObjectStore faulty) {
    CountingObjectStore counted = new CountingObjectStore(faulty);
    CountingObjectStore known = roles.putIfAbsent(role, counted);
    RaftlessLog log = RaftlessLog.open(known == null ? counted : known, ID, OPTIONS);
    logs.add(log);
    return log;
  }

  /** One whose horizon stays behind what is under way. */
  private RaftlessLog byClock(String role) {
    CountingObjectStore counted = new CountingObjectStore(store);
    roles.put(role, counted);
    RaftlessLog log = RaftlessLog.open(counted, ID, OPTIONS, VacuumTest.runtime(clock));
    logs.add(log);
    return log;
  }

  private RaftlessLog process(String role) {
    return process(role, store);
  }

  @Test
  void nothingIsLostNothingIsThereTwiceAndEveryByteIsAccountedFor() throws Exception {
    LOG.warn("replay with {}", settings.replay());
    RaftlessLog.create(store, ID, settings.partitions()).close();
    long begun = System.nanoTime();
    List<Future<?>> readers = new ArrayList<>();
    List<Tail> tails = new ArrayList<>();
    for (int i = 0; i < SoakSettings.READERS; i++) {
      Tail tail = new Tail(process("4 readers"), "reader-" + i);
      tail.begin();
      tails.add(tail);
      groups.add("reader-" + i);
    }
    tails.forEach(tail -> readers.add(start(tail::follow)));
    List<Future<?>> maintenance = new ArrayList<>();
    for (int i = 0; i < SoakSettings.COMPACTORS; i++) {
      RaftlessLog log = process("2 compactors");
      maintenance.add(start(() -> compact(log)));
    }
    RaftlessLog trimming = process("retention");
    maintenance.add(start(() -> retain(trimming)));
    RaftlessLog vacuuming = byClock("vacuum");
    maintenance.add(start(() -> vacuum(vacuuming)));
    List<Future<?>> writers = new ArrayList<>();
    for (int i = 0; i < SoakSettings.WRITERS; i++) {
      int writer = i;
      // Two of them have a bad connection, and are counted by themselves.
      boolean isFaulty = i >= SoakSettings.WRITERS - 2 && settings.faultRate() > 0;
      RaftlessLog log =
          isFaulty
              ? process("writer " + i + ", faulty", new LosesAnswers(store, i))
              : process("writers");
      writers.add(start(() -> append(log, writer)));
    }
    await(writers, "the writers");
    double writing = seconds(begun);
    isWritten.countDown();
    await(readers, "the readers");
    double reading = seconds(begun);
    isRead.countDown();
    await(maintenance, "compactors, retention and vacuum");

    assertThat(acknowledged).as("batches").hasSize(settings.batches());
    tails.forEach(Tail::sawEverythingOnce);
    Tail first = tails.get(0);
    acknowledged.forEach(
        (place, written) -> assertThat(first.seen.get(place)).as("%s", place).isEqualTo(written));
    assertThat(trimmedRecords).as("records trimmed while the log was written").hasPositiveValue();
    assertThat(pinned).as("times that a reader held retention back").hasPositiveValue();
    assertThat(deletedObjects).as("objects deleted while the log was written").hasPositiveValue();

    figure("replay with", "%s", settings.replay());
    figure("batches", "%,d", acknowledged.size());
    figure("records", "%,d", first.records);
    figure("MiB of values", "%,.1f", mib(appendedBytes.get()));
    figure("seconds until all was written", "%.1f", writing);
    figure("seconds until all was read by everybody", "%.1f", reading);
    figure("MiB/s appended", "%.2f", mib(appendedBytes.get()) / writing);
    figure("batches/s appended", "%.0f", acknowledged.size() / writing);
    figure("slowest append, in seconds", "%.1f", slowestAppendMillis.get() / 1e3);
    figure("segments installed", "%,d", segments.get());
    figure("compactions overtaken", "%,d", overtaken.get());
    figure("records trimmed meanwhile", "%,d", trimmedRecords.get());
    figure("vacuums meanwhile", "%,d", vacuums.get());
    figure("objects deleted meanwhile", "%,d", deletedObjects.get());
    figure("MiB deleted meanwhile", "%,.1f", mib(deletedBytes.get()));
    roles.forEach((role, counted) -> requests(role, counted.counts()));
    quiet(process("all that comes after"));
  }

  /** Nobody does anything any more. */
  private void quiet(RaftlessLog log) throws Exception {
    verify(log);
    readAgain(log);
    account("bucket when all is done");
    VacuumReport young = vacuumOnce(log, settings.horizon());
    accounting().nothingElseIsOlderThan(young.bound());
    account("bucket after a vacuum with the same retention");
    // The vacuum that went by the slow clock minted labels that are ahead: they ask the store.
    Label newest = accounting().newest();
    Await.until(
        "the newest label is past",
        () -> System.currentTimeMillis() > newest.time().toEpochMilli());
    VacuumReport last = vacuumOnce(log, Duration.ZERO);
    assertThat(last.bound()).isGreaterThan(newest);
    accounting().nothingElseIsThere();
    account("bucket after a vacuum without retention");
    verify(log);
    readAgain(log);
    Path file = Path.of("target", "soak-report.txt");
    Files.write(file, report);
    LOG.warn("{}\n{}", file, String.join("\n", report));
  }

  private Future<?> start(Callable<?> work) {
    return threads.submit(
        () -> {
          try {
            return work.call();
          } catch (Throwable e) {
            trouble.compareAndSet(null, e);
            isMostlyWritten.countDown();
            isWritten.countDown();
            isRead.countDown();
            throw e;
          }
        });
  }

  private void await(List<Future<?>> all, String who) throws Exception {
    long deadline = System.nanoTime() + settings.limit().toNanos();
    for (Future<?> one : all) {
      while (!one.isDone() && trouble.get() == null && System.nanoTime() < deadline) {
        try {
          one.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          LOG.debug("still waiting for {}", who);
        } catch (ExecutionException e) {
          LOG.debug("one of {} failed", who, e);
        }
      }
      Throwable cause = trouble.get();
      if (cause != null) {
        throw new AssertionError("failed while waiting for " + who, cause);
      }
      assertThat(one.isDone()).as("%s came to an end", who).isTrue();
    }
  }

  // ---- those who append

  /** Batches of one partition, one object each; or one object with a batch of every partition. */
  private boolean append(RaftlessLog log, int writer) throws Exception {
    WriterOptions options = WriterOptions.defaults().withLingerMillis(60_000);
    // Few at a time, so that none is older than the horizon before its turn comes.
    Semaphore room = new Semaphore(Math.max(MOST_UNDER_WAY, 2 * settings.partitions()));
    int batches = settings.batchesOf(writer);
    try (LogWriter by = log.newWriter(options)) {
      List<CompletableFuture<Void>> flushed = new ArrayList<>();
      for (int batch = 0; batch < batches && trouble.get() == null; batch++) {
        room.acquire();
        int partition = (batch + writer) % settings.partitions();
        List<LogRecord> records = next(writer, partition, batch);
        long number = appended[writer][partition] - records.size();
        long begun = clock.begin();
        if (!SoakSettings.isOdd(writer)) {
          remember(
              partition,
              writer,
              number,
              begun,
              by.append(partition, records, AppendConditions.NONE),
              room);
          continue;
        }
        remember(partition, writer, number, begun, by.append(partition, records.get(0)), room);
        for (LogRecord record : records.subList(1, records.size())) {
          var unused = by.append(partition, record);
        }
        if (batch % settings.partitions() == settings.partitions() - 1) {
          flushed.add(by.flush());
        }
      }
      by.flush().get(settings.limit().toMillis(), TimeUnit.MILLISECONDS);
      flushed.forEach(CompletableFuture::join);
    }
    return true;
  }

  private List<LogRecord> next(int writer, int partition, int batch) {
    List<LogRecord> records = new ArrayList<>();
    int count = content.recordsIn(writer, batch);
    for (int i = 0; i < count; i++) {
      LogRecord record = content.record(writer, partition, appended[writer][partition]++);
      appendedBytes.addAndGet(record.value() == null ? 0 : record.value().length);
      records.add(record);
    }
    return records;
  }

  private void remember(
      int partition,
      int writer,
      long number,
      long begun,
      CompletableFuture<Long> offset,
      Semaphore room) {
    var unused =
        offset.whenComplete(
            (base, failure) -> {
              long millis = clock.end(begun);
              room.release();
              if (failure != null) {
                trouble.compareAndSet(null, failure);
                isMostlyWritten.countDown();
              } else {
                slowestAppendMillis.accumulateAndGet(millis, Math::max);
                acknowledged.put(new Place(partition, base), new Written(writer, number));
                if (acknowledged.size() > settings.batches() * 6L / 10) {
                  isMostlyWritten.countDown();
                }
              }
            });
  }

  /** Writes are applied, and sometimes answered as if nobody knew, or as if they had lost. */
  private final class LosesAnswers extends ForwardingObjectStore {
    private final Random random;

    LosesAnswers(ObjectStore store, int writer) {
      super(store);
      random = new Random(settings.seed() + writer);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      return answered(super.putIfAbsent(key, body));
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      return answered(super.putIfMatch(key, expected, body));
    }

    private CompletableFuture<PutOutcome> answered(CompletableFuture<PutOutcome> answer) {
      double dice;
      synchronized (random) {
        dice = random.nextDouble();
      }
      if (dice >= settings.faultRate()) {
        return answer;
      }
      return answer.thenApply(
          truth ->
              dice < settings.faultRate() / 2
                  ? new PutOutcome.Unknown(new TimeoutException("lost by the soak"))
                  : new PutOutcome.Conflict("412, by the soak"));
    }
  }

  // ---- those who read

  /** Reads everything once, from the first record on, and says how far it is. */
  private final class Tail {
    private final RaftlessLog log;
    private final ConsumerGroup group;
    private final long[] generations = new long[settings.partitions()];
    private final long[] positions = new long[settings.partitions()];
    private final long[][] nextNumbers = new long[SoakSettings.WRITERS][settings.partitions()];

    /** Of the first reader only. */
    private final Map<Place, Written> seen = new ConcurrentHashMap<>();

    private long records;

    Tail(RaftlessLog log, String name) {
      this.log = log;
      this.group = log.group(name);
    }

    void begin() {
      for (int partition = 0; partition < settings.partitions(); partition++) {
        generations[partition] = group.start(partition, ResetTo.earliest()).join().generation();
      }
    }

    boolean follow() throws Exception {
      ReaderOptions options = new ReaderOptions(16 << 20, 5, 50, ReaderOptions.OnTrimmed.FAIL);
      try (LogReader reader = log.newReader(options)) {
        for (int partition = 0; partition < settings.partitions(); partition++) {
          reader.assign(partition, 0);
        }
        int unsaid = 0;
        while (trouble.get() == null) {
          Optional<ReadBatch> batch = reader.poll(POLL);
          batch.ifPresent(this::take);
          if (records > 0 && group.name().equals(groups.get(SoakSettings.READERS - 1))) {
            isMostlyWritten.await(settings.limit().toMillis(), TimeUnit.MILLISECONDS);
          }
          unsaid += batch.isPresent() ? 1 : 0;
          if (unsaid > 200 || (batch.isEmpty() && unsaid > 0)) {
            sayHowFar();
            unsaid = 0;
          }
          if (batch.isEmpty() && isWritten.getCount() == 0 && isAtEnd()) {
            return true;
          }
        }
      }
      return false;
    }

    private void take(ReadBatch batch) {
      int partition = batch.partition();
      assertThat(batch.baseOffset())
          .as("next offset of partition %s", partition)
          .isEqualTo(positions[partition]);
      for (LogRecord record : batch.records()) {
        content.check(record, partition);
        int writer = SoakContent.writerOf(record);
        long number = SoakContent.numberOf(record);
        assertThat(number)
            .as("writer %s in partition %s", writer, partition)
            .isEqualTo(nextNumbers[writer][partition]++);
        if (group.name().equals(groups.get(0))) {
          seen.put(new Place(partition, positions[partition]), new Written(writer, number));
        }
        positions[partition]++;
        records++;
      }
    }

    private void sayHowFar() {
      for (int partition = 0; partition < settings.partitions(); partition++) {
        Acknowledgement answer =
            group.advance(partition, generations[partition], positions[partition], null).join();
        assertThat(answer).isNotInstanceOf(Acknowledgement.Mismatch.class);
      }
    }

    private boolean isAtEnd() {
      for (int partition = 0; partition < settings.partitions(); partition++) {
        if (positions[partition] < log.status(partition).join().nextOffset()) {
          return false;
        }
      }
      return true;
    }

    void sawEverythingOnce() {
      for (int writer = 0; writer < SoakSettings.WRITERS; writer++) {
        assertThat(nextNumbers[writer])
            .as("%s: records of writer %s by partition", group, writer)
            .isEqualTo(appended[writer]);
      }
    }
  }

  /** What retention left, from the first offset to the last. */
  private void readAgain(RaftlessLog log) throws Exception {
    long[][] nextNumbers = new long[SoakSettings.WRITERS][settings.partitions()];
    for (long[] ofWriter : nextNumbers) {
      Arrays.fill(ofWriter, -1);
    }
    long read = 0;
    for (int partition = 0; partition < settings.partitions(); partition++) {
      PartitionStatus status = log.status(partition).join();
      long next = status.startOffset();
      try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
        reader.assign(partition, next);
        while (next < status.nextOffset()) {
          ReadBatch batch = reader.poll(settings.limit()).orElseThrow();
          assertThat(batch.baseOffset()).isEqualTo(next);
          for (LogRecord record : batch.records()) {
            content.check(record, partition);
            int writer = SoakContent.writerOf(record);
            long number = SoakContent.numberOf(record);
            long expected = nextNumbers[writer][partition];
            assertThat(number).isEqualTo(expected < 0 ? number : expected);
            nextNumbers[writer][partition] = number + 1;
          }
          next = batch.nextOffset();
          read += batch.records().size();
        }
      }
      for (int writer = 0; writer < SoakSettings.WRITERS; writer++) {
        long end = nextNumbers[writer][partition];
        assertThat(end).isIn(-1L, appended[writer][partition]);
      }
    }
    figure("records read again from the start", "%,d", read);
  }

  // ---- those who clean up

  private boolean compact(RaftlessLog log) throws Exception {
    CompactionOptions options =
        new CompactionOptions(
            settings.segmentBytes(),
            SegmentSettings.DEFAULT,
            settings.segmentBytes() / 4,
            1_000,
            Duration.ofSeconds(5),
            false,
            100_000,
            4);
    do {
      CompactedPartitions done = log.compactAll(options);
      assertThat(done.failures()).isEmpty();
      for (CompactionReport one : done.reports().values()) {
        segments.addAndGet(one.segments());
        overtaken.addAndGet(one.outcome() == CompactionReport.Outcome.OVERTAKEN ? 1 : 0);
      }
    } while (!isRead.await(100, TimeUnit.MILLISECONDS));
    return true;
  }

  private boolean retain(RaftlessLog log) throws Exception {
    RetentionPolicy policy =
        RetentionPolicy.keepAll().withMostBytes(settings.retainedBytes() / settings.partitions());
    do {
      for (RetentionOutcome outcome :
          log.retain(policy, partition -> log.smallestOffset(partition, groups)).join()) {
        assertThat(outcome.trouble()).isEmpty();
        trimmedRecords.addAndGet(outcome.trimmed());
        pinned.addAndGet(outcome.isPinned() ? 1 : 0);
      }
    } while (!isRead.await(300, TimeUnit.MILLISECONDS));
    return true;
  }

  private boolean vacuum(RaftlessLog log) throws Exception {
    while (!isRead.await(1, TimeUnit.SECONDS)) {
      VacuumReport done = vacuumOnce(log, settings.horizon());
      vacuums.incrementAndGet();
      deletedObjects.addAndGet(done.totalDeleted().objects());
      deletedBytes.addAndGet(done.totalDeleted().bytes());
    }
    return true;
  }

  private static VacuumReport vacuumOnce(RaftlessLog log, Duration retention) {
    VacuumReport done =
        log.vacuum(VacuumOptions.defaults().withRetention(retention), key -> {}).join();
    assertThat(done.clocks()).isEqualTo(VacuumReport.Clocks.AGREE);
    assertThat(done.failedDeletes()).isZero();
    assertThat(done.suspicious()).isEmpty();
    assertThat(done.sampleUnknown()).isEmpty();
    return done;
  }

  private void verify(RaftlessLog log) {
    VerifyReport verified = log.verify(VerifyOptions.full());
    assertThat(verified.findings()).isEmpty();
    assertThat(verified.isIntact()).isTrue();
  }

  // ---- the bucket

  private Accounting accounting() {
    return new Accounting(store, ID)
        .withCursors(groups, settings.partitions())
        .everythingNeededExists();
  }

  private void account(String when) {
    report.add(when + ":");
    accounting()
        .tallies()
        .forEach(
            (what, tally) ->
                report.add(
                    String.format(
                        Locale.ROOT,
                        "  %-40s %,10d objects %,12.3f MiB",
                        what,
                        tally.objects(),
                        mib(tally.bytes()))));
  }

  private void figure(String what, String format, Object value) {
    report.add(String.format(Locale.ROOT, "%-42s " + format, what, value));
  }

  private void requests(String role, RequestCounts counts) {
    report.add(
        String.format(
            Locale.ROOT,
            "requests of %-29s PUT %,d (%,d lost), GET %,d, conditional GET %,d, LIST %,d,"
                + " DELETE %,d",
            role,
            counts.puts(),
            counts.conflicts(),
            counts.gets(),
            counts.conditionalGets(),
            counts.lists(),
            counts.deletes()));
  }

  private static double mib(long bytes) {
    return bytes / 1024.0 / 1024.0;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
