package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.head.LogKeys;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.store.BodyReader;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What several partitions have in one object is read with one request (protocol, section 9). */
@Timeout(120)
class JointReadTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int PARTITIONS = 3;

  /** Of requests that a partition has under way at most. */
  private static final int MOST_FETCHING = 16;

  private final long seed = Long.getLong("raftless.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final HeldReads store = new HeldReads(served(memory));
  private final RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), PARTITIONS);

  /** Records by partition, in order. */
  private final Map<Integer, Deque<LogRecord>> staged = new TreeMap<>();

  /** What the blocks of an object have together, by its key. */
  private final Map<String, Integer> blockBytes = new HashMap<>();

  JointReadTest() {
    System.out.println("raftless.seed=" + seed);
  }

  /** What the log is read from. */
  ObjectStore served(ObjectStore stored) {
    return stored;
  }

  @AfterEach
  void close() {
    store.letAllGo();
    log.close();
  }

  /** Remembers what is asked of WAL objects, and lets it wait if the test wants it. */
  private static final class HeldReads extends ForwardingObjectStore {

    record Request(String key, long position, int length, CompletableFuture<Void> gate) {}

    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile boolean isHeld;
    private volatile @Nullable String broken;

    HeldReads(ObjectStore store) {
      super(store);
    }

    private <T> CompletableFuture<T> held(
        String key, long position, int length, Supplier<CompletableFuture<T>> read) {
      if (!key.contains("/wal/")) {
        return read.get();
      }
      if (key.equals(broken)) {
        throw new IllegalArgumentException("no request can be made for " + key);
      }
      CompletableFuture<Void> gate = new CompletableFuture<>();
      requests.add(new Request(key, position, length, gate));
      if (!isHeld) {
        gate.complete(null);
      }
      return gate.thenCompose(go -> read.get());
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      return held(key, offset, length, () -> store.getRange(key, offset, length));
    }

    @Override
    public <T> CompletableFuture<Optional<T>> getRange(
        String key, long offset, int length, BodyReader<T> reader) {
      return held(key, offset, length, () -> store.getRange(key, offset, length, reader));
    }

    long requested() {
      return requests.stream().mapToLong(Request::length).sum();
    }

    void hold() {
      isHeld = true;
    }

    void letAllGo() {
      isHeld = false;
      requests.forEach(request -> request.gate().complete(null));
    }

    void letGo(String key) {
      requests.stream()
          .filter(request -> request.key().equals(key))
          .forEach(request -> request.gate().complete(null));
    }

    int bytesOf(String key) {
      return requests.stream()
          .filter(request -> request.key().equals(key))
          .mapToInt(Request::length)
          .sum();
    }

    long of(String key) {
      return requests.stream().filter(request -> request.key().equals(key)).count();
    }
  }

  /** An object with two records for each of some partitions, not committed. */
  private List<StagedBatch> stage(Compression compression, List<Integer> partitions, int bytes)
      throws InterruptedException {
    StagerOptions options = StagerOptions.defaults().withCompression(compression);
    try (Stager stager = log.newStager(options)) {
      for (int partition : partitions) {
        for (int i = 0; i < 2; i++) {
          LogRecord record = record(bytes);
          stager.add(partition, record);
          staged.computeIfAbsent(partition, p -> new ArrayDeque<>()).add(record);
        }
      }
      return stager.stage().join().get(0);
    }
  }

  private LogRecord record(int bytes) {
    byte[] value = new byte[bytes];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) ('a' + random.nextInt(4));
    }
    return LogRecord.of(null, value, random.nextInt(1_000));
  }

  private void commit(StagedBatch batch) {
    log.commit(batch.partition(), List.of(batch), null, null).join();
  }

  private String keyOf(StagedBatch batch) {
    return new LogKeys(log.id().root(), log.incarnation()).wal(batch.batch().label());
  }

  /** So many objects with two records for each partition; their keys, in order. */
  private List<String> objects(int count) throws InterruptedException {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<StagedBatch> object = stage(Compression.NONE, List.of(0, 1, 2), 600);
      object.forEach(this::commit);
      keys.add(keyOf(object.get(0)));
      blockBytes.put(
          keyOf(object.get(0)), object.stream().mapToInt(batch -> batch.batch().length()).sum());
    }
    return keys;
  }

  /**
   * A reader whose partitions have fetched the first sixteen objects, each by itself or not, and
   * whose requests for the next sixteen are held.
   */
  private LogReader begun(List<String> keys) {
    store.hold();
    LogReader reader = log.newReader(ReaderOptions.defaults());
    for (int partition = 0; partition < PARTITIONS; partition++) {
      reader.assign(partition, 0);
    }
    for (String key : keys.subList(0, MOST_FETCHING)) {
      Await.until("all of " + key + " is requested", () -> store.bytesOf(key) == all(key));
    }
    for (int i = 0; i < MOST_FETCHING; i++) {
      String next = keys.get(MOST_FETCHING + i);
      store.letGo(keys.get(i));
      Await.until("all of " + next + " is requested", () -> store.bytesOf(next) == all(next));
    }
    return reader;
  }

  private int all(String key) {
    return Objects.requireNonNull(blockBytes.get(key));
  }

  /** Reads partitions to their ends, in order, and nothing else. */
  private void readAll(LogReader reader, Map<Integer, Long> from, long end) throws Exception {
    Map<Integer, Long> next = new HashMap<>(from);
    while (next.values().stream().anyMatch(offset -> offset < end)) {
      ReadBatch batch = reader.poll(LONG).orElseThrow();
      assertThat(batch.baseOffset()).isEqualTo(next.get(batch.partition()));
      assertThat(batch.records())
          .isEqualTo(
              appended(batch.partition())
                  .subList((int) batch.baseOffset(), (int) batch.nextOffset()));
      next.put(batch.partition(), batch.nextOffset());
    }
  }

  private List<LogRecord> appended(int partition) {
    return List.copyOf(Objects.requireNonNull(staged.get(partition)));
  }

  @Test
  void blocksOfSeveralPartitionsInOneObjectAreReadWithOneRequest() throws Exception {
    List<String> keys = objects(40);
    try (LogReader reader = begun(keys)) {
      for (String key : keys.subList(MOST_FETCHING, 2 * MOST_FETCHING)) {
        assertThat(store.of(key)).isEqualTo(1);
      }
      store.letAllGo();
      readAll(reader, Map.of(0, 0L, 1, 0L, 2, 0L), 80);
    }
  }

  @Test
  void aDamagedBlockIsTheEndOfItsPartitionAndOfNoOther() throws Exception {
    List<String> keys = objects(40);
    damageLastBlock(keys.get(20));
    try (LogReader reader = begun(keys)) {
      assertThat(store.of(keys.get(20))).isEqualTo(1);
      store.letAllGo();
      long[] next = new long[PARTITIONS];
      List<Throwable> failures = new ArrayList<>();
      while (next[0] + next[1] < 160 || failures.isEmpty()) {
        try {
          ReadBatch batch = reader.poll(LONG).orElseThrow();
          assertThat(batch.baseOffset()).isEqualTo(next[batch.partition()]);
          next[batch.partition()] = batch.nextOffset();
        } catch (RaftlessException.Corrupted e) {
          failures.add(e);
        }
      }
      assertThat(next).containsExactly(80, 80, 40);
      assertThat(failures)
          .allSatisfy(
              e ->
                  assertThat(e)
                      .hasMessageContaining(keys.get(20))
                      .hasMessageContaining("40 to 42"));
    }
  }

  private void damageLastBlock(String key) {
    GetOutcome.Found found = (GetOutcome.Found) memory.get(key).join();
    byte[] bytes = new byte[found.body().remaining()];
    found.body().get(bytes);
    bytes[all(key) - 1] ^= 1;
    memory.putIfMatch(key, found.etag(), ByteBuffer.wrap(bytes)).join();
  }

  @Test
  void anObjectThatIsGoneIsMissedByEachPartitionWhereItComesToIt() throws Exception {
    List<String> keys = objects(40);
    try (LogReader reader = begun(keys)) {
      memory.delete(keys.get(20)).join();
      store.letAllGo();
      long[] next = new long[PARTITIONS];
      Set<Integer> failed = new HashSet<>();
      while (failed.size() < PARTITIONS) {
        try {
          ReadBatch batch = reader.poll(LONG).orElseThrow();
          next[batch.partition()] = batch.nextOffset();
        } catch (RaftlessException.Corrupted e) {
          assertThat(e).hasMessageContaining(keys.get(20)).hasMessageContaining("40 to 42");
          failed.add(e.damage().orElseThrow().partition());
        }
      }
      assertThat(next).containsExactly(40, 40, 40);
    }
  }

  @Test
  void aRequestThatCannotBeMadeIsTheFailureOfAllThatHaveAPartInIt() throws Exception {
    List<String> keys = objects(40);
    store.broken = keys.get(35);
    try (LogReader reader = begun(keys)) {
      store.letAllGo();
      long[] next = new long[PARTITIONS];
      int failures = 0;
      while (Arrays.stream(next).sum() < 70 * PARTITIONS || failures == 0) {
        try {
          ReadBatch batch = reader.poll(LONG).orElseThrow();
          assertThat(batch.baseOffset()).isEqualTo(next[batch.partition()]);
          next[batch.partition()] = batch.nextOffset();
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageContaining(keys.get(35));
          failures++;
        }
      }
      assertThat(next).containsExactly(70, 70, 70);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        // Of those that are left, each one.
        assertThatThrownBy(() -> reader.poll(LONG)).hasMessageContaining(keys.get(35));
        assertThatThrownBy(() -> reader.poll(LONG)).hasMessageContaining(keys.get(35));
        reader.unassign(partition);
      }
    }
  }

  @Test
  void aPartitionThatFailedOrIsAtItsEndTakesNoShare() throws Exception {
    List<String> keys = objects(40);
    // Room for twelve blocks, and a third of that is four.
    ReaderOptions options =
        new ReaderOptions(all(keys.get(0)) * 4L, 1, 1, 20, ReaderOptions.OnTrimmed.FAIL);
    store.hold();
    try (LogReader reader = log.newReader(options)) {
      reader.assign(1, 1_000);
      assertThatThrownBy(() -> reader.poll(LONG))
          .isInstanceOf(RaftlessException.OffsetBeyondEnd.class);
      reader.assign(2, 80);
      int before = store.requests.size();
      reader.assign(0, 0);
      Await.until("all room is taken", () -> store.requests.size() - before >= 10);
    }
  }

  /** Two requests for an object, of which none has to wait for the other. */
  @Test
  void allRoomIsUsedWhereAnObjectIsMoreThanOneRequest() throws Exception {
    List<String> keys = objects(120);
    int block = all(keys.get(0)) / PARTITIONS;
    // Two blocks are a sixteenth.
    ReaderOptions options =
        new ReaderOptions(block * 32L + 100, 8 << 20, 1, 20, ReaderOptions.OnTrimmed.FAIL);
    store.hold();
    try (LogReader reader = log.newReader(options)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        reader.assign(partition, 0);
      }
      long polled = 0;
      for (int answered = 0; polled < 240; answered++) {
        int next = answered;
        Await.until("there is a request", () -> store.requests.size() > next);
        HeldReads.Request request = store.requests.get(next);
        request.gate().complete(null);
        for (int i = Math.round((float) request.length() / block); i > 0; i--) {
          assertThat(reader.poll(LONG)).isPresent();
          polled++;
        }
        long seen = polled;
        Await.until(
            "room is used again", () -> store.requested() / block - seen >= 20 || seen > 200);
      }
    }
  }

  @Test
  void aHundredPartitionsAreReadWithFewRequestsForEachObject() throws Exception {
    int partitions = 100;
    int objects = 200;
    try (RaftlessLog wide = RaftlessLog.create(store, LogId.of("", "wide"), partitions);
        LogWriter writer =
            wide.newWriter(
                WriterOptions.defaults()
                    .withInlineBytes(0)
                    .withLingerMillis(60_000)
                    .withCompression(Compression.NONE))) {
      for (int i = 0; i < objects; i++) {
        for (int partition = 0; partition < partitions; partition++) {
          var unused = writer.append(partition, record(600));
        }
        writer.flush().join();
      }
      int before = store.requests.size();
      store.hold();
      try (LogReader reader = wide.newReader(ReaderOptions.defaults())) {
        long[] next = new long[partitions];
        for (int partition = 0; partition < partitions; partition++) {
          reader.assign(partition, 0);
        }
        // By each partition by itself, or not.
        Await.until("all have begun", () -> blocksRequested() >= (long) partitions * MOST_FETCHING);
        store.letAllGo();
        for (int i = 0; i < partitions * objects; i++) {
          ReadBatch batch = reader.poll(LONG).orElseThrow();
          assertThat(batch.baseOffset()).isEqualTo(next[batch.partition()]++);
        }
      }
      // It is a fifth or a quarter, or less if the store is slower than who reads.
      assertThat(store.requests.size() - before).isLessThan(objects * partitions / 2);
    }
  }

  /** Blocks of a record of 600 bytes, whose headers differ by a byte or two. */
  private long blocksRequested() {
    return store.requests.stream().mapToLong(request -> request.length() / 640).sum();
  }

  @Test
  void whatIsCompactedMeanwhileIsReadFromWhereItIsNow() throws Exception {
    List<String> keys = objects(40);
    try (RaftlessLog other = RaftlessLog.open(memory, log.id());
        LogReader reader = begun(keys)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        other.compact(partition, CompactionOptions.defaults().forced());
      }
      keys.forEach(key -> memory.delete(key).join());
      store.letAllGo();
      readAll(reader, Map.of(0, 0L, 1, 0L, 2, 0L), 80);
    }
  }

  @Test
  void whoLeavesTakesNothingFromTheOthersAndMayComeBack() throws Exception {
    List<String> keys = objects(40);
    try (LogReader reader = begun(keys)) {
      reader.unassign(0);
      reader.seek(1, StartAt.offset(50));
      store.letAllGo();
      readAll(reader, Map.of(1, 50L, 2, 0L), 80);
      reader.assign(0, 3);
      readAll(reader, Map.of(0, 3L), 80);
    }
  }

  @Test
  void whatIsPausedIsNotTakenAlong() throws Exception {
    List<String> keys = objects(60);
    try (LogReader reader = begun(keys)) {
      reader.pause(1);
      for (String key : keys.subList(MOST_FETCHING, 2 * MOST_FETCHING)) {
        store.letGo(key);
      }
      List<String> next = keys.subList(2 * MOST_FETCHING, 3 * MOST_FETCHING);
      for (String key : next) {
        // Of partitions 0 and 2, which are not neighbours.
        Await.until("the others read on", () -> store.of(key) == 2);
        assertThat(store.bytesOf(key)).isLessThan(all(key));
      }
      reader.resume(1);
      store.letAllGo();
      readAll(reader, Map.of(0, 0L, 1, 0L, 2, 0L), 120);
    }
  }

  @Test
  void thereIsAsMuchRoomAtTheEndAsAtTheBeginningAndPartitionsStayTogether() throws Exception {
    List<String> keys = objects(200);
    int block = all(keys.get(0)) / PARTITIONS;
    store.hold();
    // Some 20 objects.
    ReaderOptions options =
        new ReaderOptions(all(keys.get(0)) * 20L, 8 << 20, 1, 20, ReaderOptions.OnTrimmed.FAIL);
    try (LogReader reader = log.newReader(options)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        reader.assign(partition, 0);
      }
      // Else one of them could be at its end before another has begun.
      Await.until(
          "all have begun", () -> store.requested() / (block - 8) >= PARTITIONS * MOST_FETCHING);
      store.letAllGo();
      long seen = 0;
      while (seen < PARTITIONS * 2 * 150) {
        seen += reader.poll(LONG).orElseThrow().records().size();
      }
      Await.until(
          "much is fetched ahead",
          () -> keys.stream().filter(key -> store.bytesOf(key) > 0).count() >= 150 + 10);
      // Of some 500 blocks; the first sixteen objects are read by each partition by itself.
      assertThat(store.requests.size())
          .as("requests: %s", keys.stream().map(store::of).toList())
          .isLessThan(400);
    }
  }

  @Test
  void whoIsAheadOfEachOtherReadsOn() throws Exception {
    for (int i = 0; i < 40; i++) {
      List<StagedBatch> one = stage(Compression.NONE, List.of(0, 1), 600);
      List<StagedBatch> another = stage(Compression.NONE, List.of(0, 1), 600);
      commit(one.get(0));
      commit(another.get(0));
      commit(another.get(1));
      commit(one.get(1));
    }
    for (long budget : List.of(1L, 5_000L, 40_000L, 1L << 20)) {
      ReaderOptions options =
          new ReaderOptions(budget, 8 << 20, 1, 20, ReaderOptions.OnTrimmed.FAIL);
      try (LogReader reader = log.newReader(options)) {
        reader.assign(0, 0);
        reader.assign(1, 0);
        for (int i = 0; i < 160; i++) {
          assertThat(reader.poll(LONG)).as("budget %s", budget).isPresent();
        }
      }
    }
  }

  /** Whatever is in objects, in whatever order it was committed, read at several places at once. */
  @Test
  void anythingIsReadInOrderByAnybody() throws Exception {
    Map<Integer, List<List<LogRecord>>> batches = new TreeMap<>();
    List<StagedBatch> open = new ArrayList<>();
    Map<StagedBatch, List<LogRecord>> records = new HashMap<>();
    for (int i = 0; i < 150; i++) {
      List<Integer> partitions = new ArrayList<>(List.of(0, 1, 2));
      partitions.removeIf(partition -> random.nextInt(5) == 0);
      if (partitions.isEmpty()) {
        continue;
      }
      Compression compression =
          random.nextBoolean()
              ? Compression.NONE
              : random.nextBoolean() ? Compression.LZ4 : Compression.ZSTD;
      staged.clear();
      List<StagedBatch> object = stage(compression, partitions, 1 + random.nextInt(2_000));
      object.forEach(batch -> records.put(batch, appended(batch.partition())));
      open.addAll(object);
      while (open.size() > random.nextInt(10)) {
        StagedBatch batch = open.remove(random.nextInt(open.size()));
        commit(batch);
        batches
            .computeIfAbsent(batch.partition(), p -> new ArrayList<>())
            .add(Objects.requireNonNull(records.get(batch)));
      }
    }
    for (StagedBatch batch : open) {
      commit(batch);
      Objects.requireNonNull(batches.get(batch.partition()))
          .add(Objects.requireNonNull(records.get(batch)));
    }
    staged.clear();
    batches.forEach(
        (partition, all) -> {
          Deque<LogRecord> flat = new ArrayDeque<>();
          all.forEach(flat::addAll);
          staged.put(partition, flat);
        });
    for (int round = 0; round < 20; round++) {
      long budget = 1L << random.nextInt(24);
      ReaderOptions options =
          new ReaderOptions(
              budget, 1 + random.nextInt(20_000), 1, 20, ReaderOptions.OnTrimmed.FAIL);
      readAnyhow(options);
    }
  }

  /** Each partition twice, and they are paused, moved and given up. */
  private void readAnyhow(ReaderOptions options) throws Exception {
    try (MultiLogReader<Integer> reader = new MultiLogReader<>(options)) {
      int[] next = new int[2 * PARTITIONS];
      Set<Integer> paused = new HashSet<>();
      for (int key = 0; key < next.length; key++) {
        next[key] = random.nextInt(end(key));
        reader.assign(key, log, key % PARTITIONS, StartAt.offset(next[key]));
      }
      while (IntStream.range(0, next.length)
          .anyMatch(key -> !paused.contains(key) && next[key] < end(key))) {
        MultiLogReader.Polled<Integer> polled = reader.poll(LONG).orElseThrow();
        ReadBatch batch = polled.batch();
        assertThat(paused).as("seed %s", seed).doesNotContain(polled.key());
        assertThat(batch.baseOffset()).as("seed %s", seed).isEqualTo(next[polled.key()]);
        assertThat(batch.records())
            .as("seed %s", seed)
            .isEqualTo(
                appended(batch.partition())
                    .subList((int) batch.baseOffset(), (int) batch.nextOffset()));
        next[polled.key()] = (int) batch.nextOffset();
        disturb(reader, next, paused);
      }
    }
  }

  private int end(int key) {
    return appended(key % PARTITIONS).size();
  }

  private void disturb(MultiLogReader<Integer> reader, int[] next, Set<Integer> paused) {
    if (random.nextInt(20) > 0) {
      return;
    }
    int key = random.nextInt(next.length);
    switch (random.nextInt(4)) {
      case 0 -> {
        reader.pause(key);
        paused.add(key);
      }
      case 1 -> {
        for (int other : paused) {
          reader.resume(other);
        }
        paused.clear();
      }
      case 2 -> {
        int offset = random.nextInt(end(key));
        // Backwards only now and then, or it would never end.
        next[key] = random.nextInt(4) == 0 ? offset : Math.max(offset, next[key]);
        reader.seek(key, StartAt.offset(next[key]));
      }
      default -> {
        reader.unassign(key);
        reader.assign(key, log, key % PARTITIONS, StartAt.offset(next[key]));
        paused.remove(key);
      }
    }
  }
}
