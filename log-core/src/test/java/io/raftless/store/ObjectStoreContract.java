package io.raftless.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link ObjectStore} promises, for every implementation that wants to be one. */
@Timeout(120)
public abstract class ObjectStoreContract {
  private static final int THREADS = 8;

  /** One page of S3 and a bit. */
  private static final int MORE_THAN_A_PAGE = 1_003;

  private final String prefix = UUID.randomUUID() + "/";
  private ObjectStore store;

  /** Opens the store to be tested; keys of other tests may be in it. */
  protected abstract ObjectStore open();

  @BeforeEach
  void openStore() {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void aCreatedObjectIsReadWithItsETag() {
    ETag etag = create("k", "body");
    GetOutcome.Found found = found(store.get(key("k")));
    assertThat(found.etag()).isEqualTo(etag);
    assertThat(text(found.body())).isEqualTo("body");
  }

  @Test
  void anAbsentKeyIsMissingInEveryKindOfRead() {
    GetOutcome missing = new GetOutcome.Missing();
    assertThat(await(store.get(key("k")))).isEqualTo(missing);
    assertThat(await(store.getIfChanged(key("k"), new ETag("abc")))).isEqualTo(missing);
    assertThat(await(store.getRange(key("k"), 0, 10))).isEqualTo(missing);
    assertThat(await(store.getRange(key("k"), 10, 10))).isEqualTo(missing);
  }

  @Test
  void bodiesThatAreReadStartAtZero() {
    create("k", "body");
    for (var outcome : List.of(store.get(key("k")), store.getRange(key("k"), 1, 2))) {
      ByteBuffer body = found(outcome).body();
      assertThat(body.position()).isZero();
      assertThat(body.limit()).isEqualTo(body.remaining());
    }
  }

  @Test
  void anObjectIsCreatedOfSeveralParts() {
    List<ByteBuffer> parts =
        List.of(body("one, "), body(""), body("xtwo, ").slice(1, 5), body("three"));
    assertThat(await(store.putIfAbsent(key("k"), parts))).isInstanceOf(PutOutcome.Stored.class);
    assertThat(text(found(store.get(key("k"))).body())).isEqualTo("one, two, three");
    assertThat(parts).allMatch(part -> part.position() == 0);
    assertThat(await(store.putIfAbsent(key("k"), parts))).isInstanceOf(PutOutcome.Conflict.class);
  }

  @Test
  void theStoreSaysWhatTimeItIs() {
    create("k", "body");
    assertThat(found(store.get(key("k"))).storeDate())
        .isBetween(
            Instant.now().minus(Duration.ofMinutes(1)), Instant.now().plus(Duration.ofMinutes(1)));
  }

  @Test
  void anEmptyBodyIsABody() {
    ETag etag = create("k", "");
    assertThat(text(found(store.get(key("k"))).body())).isEmpty();
    GetOutcome.Found range = found(store.getRange(key("k"), 0, 10));
    assertThat(range.body().remaining()).isZero();
    assertThat(range.etag()).isEqualTo(etag);
  }

  @Test
  void aLargeBodyComesBackAsItWas() {
    byte[] bytes = new byte[9 << 20];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((i * 31) >>> 7);
    }
    stored(store.putIfAbsent(key("k"), ByteBuffer.wrap(bytes)));
    assertThat(found(store.get(key("k"))).body()).isEqualTo(ByteBuffer.wrap(bytes));
  }

  @Test
  void whatDidNotChangeIsNotSentAgain() {
    ETag etag = create("k", "1");
    assertThat(await(store.getIfChanged(key("k"), etag))).isEqualTo(new GetOutcome.NotModified());
  }

  @Test
  void whatChangedIsSent() {
    ETag first = create("k", "1");
    ETag second = stored(store.putIfMatch(key("k"), first, body("2")));
    GetOutcome.Found found = found(store.getIfChanged(key("k"), first));
    assertThat(found.etag()).isEqualTo(second);
    assertThat(text(found.body())).isEqualTo("2");
  }

  @Test
  void aRangeIsThePartThatWasAskedFor() {
    ETag etag = create("k", "0123456789");
    GetOutcome.Found found = found(store.getRange(key("k"), 2, 3));
    assertThat(text(found.body())).isEqualTo("234");
    assertThat(found.etag()).isEqualTo(etag);
  }

  @Test
  void aRangeIsShorterIfTheObjectEndsEarlier() {
    create("k", "0123456789");
    assertThat(text(found(store.getRange(key("k"), 7, 100)).body())).isEqualTo("789");
    assertThat(text(found(store.getRange(key("k"), 0, Integer.MAX_VALUE)).body()))
        .isEqualTo("0123456789");
  }

  @ParameterizedTest
  @ValueSource(longs = {10, 11, 1L << 40})
  void aRangeAtOrBeyondTheEndIsEmptyAndNamesTheETag(long offset) {
    ETag etag = create("k", "0123456789");
    GetOutcome.Found found = found(store.getRange(key("k"), offset, 5));
    assertThat(found.body().remaining()).isZero();
    assertThat(found.etag()).isEqualTo(etag);
  }

  @ParameterizedTest
  @CsvSource({"2, 3, 234", "7, 100, 789", "0, 10, 0123456789", "10, 5, ''", "1099511627776, 5, ''"})
  void aRangeIsReadWhileItArrivesOrAsAWhole(long offset, int length, String expected) {
    create("k", "0123456789");
    assertThat(await(store.getRange(key("k"), offset, length, new TextReader())))
        .contains(expected);
  }

  @Test
  void whatIsAbsentIsNotRead() {
    assertThat(await(store.getRange(key("k"), 0, 10, new TextReader()))).isEmpty();
  }

  @Test
  void aRangeWithoutAByteIsAnError() {
    assertThatThrownBy(() -> store.getRange(key("k"), -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.getRange(key("k"), 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.getRange(key("k"), 0, 0, new TextReader()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aKeyIsCreatedOnce() {
    ETag etag = create("k", "first");
    assertThat(await(store.putIfAbsent(key("k"), body("second"))))
        .isInstanceOf(PutOutcome.Conflict.class);
    assertThat(found(store.get(key("k"))).etag()).isEqualTo(etag);
    assertThat(text(found(store.get(key("k"))).body())).isEqualTo("first");
  }

  @Test
  void aDeletedKeyCanBeCreatedAgain() {
    create("k", "first");
    await(store.delete(key("k")));
    create("k", "second");
    assertThat(text(found(store.get(key("k"))).body())).isEqualTo("second");
  }

  @Test
  void aReplacementNeedsTheCurrentETag() {
    ETag first = create("k", "1");
    ETag second = stored(store.putIfMatch(key("k"), first, body("2")));
    assertThat(second).isNotEqualTo(first);
    assertThat(await(store.putIfMatch(key("k"), first, body("3"))))
        .isInstanceOf(PutOutcome.Conflict.class);
    GetOutcome.Found found = found(store.get(key("k")));
    assertThat(text(found.body())).isEqualTo("2");
    assertThat(found.etag()).isEqualTo(second);
  }

  @Test
  void anAbsentKeyCannotBeReplaced() {
    ETag etag = create("k", "1");
    await(store.delete(key("k")));
    assertThat(await(store.putIfMatch(key("k"), etag, body("2"))))
        .isInstanceOf(PutOutcome.Conflict.class);
    assertThat(await(store.get(key("k")))).isEqualTo(new GetOutcome.Missing());
  }

  static Stream<ByteBuffer> buffersWithBodyBetweenPositionAndLimit() {
    byte[] bytes = "<<body>>".getBytes(UTF_8);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    return Stream.of(
        ByteBuffer.wrap(bytes).position(2).limit(6),
        ByteBuffer.wrap(bytes).slice(1, 6).position(1).limit(5),
        ByteBuffer.wrap(bytes).asReadOnlyBuffer().position(2).limit(6),
        direct.position(2).limit(6));
  }

  @ParameterizedTest
  @MethodSource("buffersWithBodyBetweenPositionAndLimit")
  void aBodyIsWhatIsBetweenPositionAndLimitAndStaysUntouched(ByteBuffer body) {
    int position = body.position();
    int limit = body.limit();
    ETag etag = stored(store.putIfAbsent(key("k"), body));
    assertThat(text(found(store.get(key("k"))).body())).isEqualTo("body");
    assertThat(body.position()).isEqualTo(position);
    assertThat(body.limit()).isEqualTo(limit);

    create("other", "x");
    stored(store.putIfMatch(key("other"), found(store.get(key("other"))).etag(), body));
    assertThat(text(found(store.get(key("other"))).body())).isEqualTo("body");
    assertThat(found(store.get(key("k"))).etag()).isEqualTo(etag);
  }

  @Test
  void aListingHasWhatIsUnderThePrefixWithItsSize() {
    create("a/1", "1");
    create("a/2", "22");
    create("a/deep/er/3", "333");
    create("ab", "4444");
    create("b", "55555");
    assertThat(listAll("a/"))
        .extracting(ListPage.ListedObject::key, ListPage.ListedObject::size)
        .containsExactlyInAnyOrder(
            tuple(key("a/1"), 1L), tuple(key("a/2"), 2L), tuple(key("a/deep/er/3"), 3L));
    assertThat(listAll("a")).hasSize(4);
    assertThat(listAll("")).hasSize(5);
    assertThat(listAll("a/deep/er/3")).hasSize(1);
    assertThat(listAll("c")).isEmpty();
    assertThat(listAll("a/"))
        .allSatisfy(
            object ->
                assertThat(object.lastModified())
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60)));
  }

  @Test
  void aLongListingComesInPagesAndHasEveryKeyOnce() {
    List<String> keys =
        IntStream.range(0, MORE_THAN_A_PAGE).mapToObj(i -> key("many/" + i)).toList();
    keys.stream().map(k -> store.putIfAbsent(k, body("x"))).toList().forEach(this::stored);

    ListPage first = await(store.list(key("many/"), null));
    assertThat(first.continuation()).isNotNull();
    assertThat(first.objects()).hasSizeLessThan(MORE_THAN_A_PAGE);
    assertThat(listAll("many/"))
        .extracting(ListPage.ListedObject::key)
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void whatIsDeletedIsGone() {
    create("k", "1");
    await(store.delete(key("k")));
    assertThat(await(store.get(key("k")))).isEqualTo(new GetOutcome.Missing());
    assertThat(listAll("")).isEmpty();
  }

  @Test
  void deletingWhatIsAbsentIsNotAnError() {
    await(store.delete(key("k")));
    create("k", "1");
    await(store.delete(key("k")));
    await(store.delete(key("k")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"with space", "plus+and%25percent", "ümläut/日本", "a=b&c?d#e", "~-_.!*'()"})
  void keysAreTakenLiterally(String name) {
    create(name, name);
    assertThat(text(found(store.get(key(name))).body())).isEqualTo(name);
    assertThat(listAll("")).extracting(ListPage.ListedObject::key).containsExactly(key(name));
    await(store.delete(key(name)));
    assertThat(listAll("")).isEmpty();
  }

  @Test
  void concurrentIncrementsLoseNothing() {
    int increments = 200;
    create("counter", "0");
    AtomicInteger wins = new AtomicInteger();
    inParallel(
        THREADS,
        thread -> {
          for (int i = 0; i < increments; i++) {
            increment(wins);
          }
        });
    assertThat(text(found(store.get(key("counter"))).body()))
        .isEqualTo(Integer.toString(THREADS * increments));
    assertThat(wins).hasValue(THREADS * increments);
  }

  private void increment(AtomicInteger wins) {
    while (true) {
      GetOutcome.Found found = found(store.get(key("counter")));
      int next = Integer.parseInt(text(found.body())) + 1;
      PutOutcome outcome =
          await(store.putIfMatch(key("counter"), found.etag(), body(Integer.toString(next))));
      if (outcome instanceof PutOutcome.Stored) {
        wins.incrementAndGet();
        return;
      }
      assertThat(outcome).isInstanceOf(PutOutcome.Conflict.class);
    }
  }

  @Test
  void concurrentCreatesHaveOneWinnerEach() {
    int keys = 200;
    Map<Integer, List<Integer>> winners = new ConcurrentHashMap<>();
    inParallel(
        THREADS,
        thread -> {
          for (int i = 0; i < keys; i++) {
            String body = Integer.toString(thread);
            PutOutcome outcome = await(store.putIfAbsent(key("race/" + i), body(body)));
            if (outcome instanceof PutOutcome.Stored) {
              winners.computeIfAbsent(i, k -> new CopyOnWriteArrayList<>()).add(thread);
            } else {
              assertThat(outcome).isInstanceOf(PutOutcome.Conflict.class);
            }
          }
        });
    assertThat(winners).hasSize(keys);
    for (int i = 0; i < keys; i++) {
      String body = text(found(store.get(key("race/" + i))).body());
      assertThat(winners.get(i)).as("winners of %s", i).containsExactly(Integer.valueOf(body));
    }
  }

  @Test
  void readersNeverSeeABodyWithTheETagOfAnotherAndNeverAnEarlierOne() {
    int writes = 300;
    int writers = 2;
    int readers = 3;
    Map<ETag, String> bodies = new ConcurrentHashMap<>();
    bodies.put(create("k", version(0)), version(0));
    AtomicInteger writersAtWork = new AtomicInteger(writers);
    Map<ETag, Set<String>> seen = new ConcurrentHashMap<>();
    inParallel(
        writers + readers,
        thread -> {
          if (thread < writers) {
            try {
              replaceUpTo(writes, bodies);
            } finally {
              writersAtWork.decrementAndGet();
            }
          } else {
            readUntil(writersAtWork, seen);
          }
        });
    assertThat(seen).isNotEmpty();
    seen.forEach(
        (etag, texts) -> assertThat(texts).as("bodies of %s", etag).containsOnly(bodies.get(etag)));
  }

  private void replaceUpTo(int writes, Map<ETag, String> bodies) {
    while (true) {
      GetOutcome.Found found = found(store.get(key("k")));
      int next = versionOf(text(found.body())) + 1;
      if (next > writes) {
        return;
      }
      PutOutcome outcome = await(store.putIfMatch(key("k"), found.etag(), body(version(next))));
      if (outcome instanceof PutOutcome.Stored stored) {
        bodies.put(stored.etag(), version(next));
      }
    }
  }

  private void readUntil(AtomicInteger writersAtWork, Map<ETag, Set<String>> seen) {
    int last = 0;
    ETag known = new ETag("none");
    do {
      for (CompletableFuture<GetOutcome> read :
          List.of(
              store.get(key("k")),
              store.getIfChanged(key("k"), known),
              store.getRange(key("k"), 0, 1 << 20))) {
        if (await(read) instanceof GetOutcome.Found found) {
          String text = text(found.body());
          seen.computeIfAbsent(found.etag(), e -> ConcurrentHashMap.newKeySet()).add(text);
          known = found.etag();
        }
      }
      // One after the other, unlike those above: time only goes forward.
      int version = versionOf(text(found(store.get(key("k"))).body()));
      assertThat(version).isGreaterThanOrEqualTo(last);
      last = version;
    } while (writersAtWork.get() > 0);
  }

  /** Bodies of different lengths, so that a torn one is told from a whole one. */
  private static String version(int number) {
    return number + ":" + "x".repeat(number % 7 * 1_000) + ":" + number;
  }

  private static int versionOf(String body) {
    return Integer.parseInt(body.substring(0, body.indexOf(':')));
  }

  @Test
  void foldersAreListedOnceEachWhateverIsInThem() {
    for (String name : List.of("f/a/1", "f/a/2/3", "f/a-b/1", "f/a.b/1", "f/b/1", "f/object")) {
      create(name, "1");
    }
    create("g/a/1", "1");
    assertThat(listFolders("f/"))
        .containsExactlyInAnyOrder(key("f/a/"), key("f/a-b/"), key("f/a.b/"), key("f/b/"));
    assertThat(listFolders("f/a/")).containsExactly(key("f/a/2/"));
    assertThat(listFolders("f/b/")).isEmpty();
    assertThat(listFolders("nothing/")).isEmpty();
    assertThatThrownBy(() -> store.listFolders(key("f"), null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void moreFoldersThanFitOnOnePageAreListedOverSeveral() {
    int folders = 1_100;
    Set<String> expected = new HashSet<>();
    List<CompletableFuture<PutOutcome>> created = new ArrayList<>();
    for (int i = 0; i < folders; i++) {
      expected.add(key("many/" + i + "/"));
      created.add(store.putIfAbsent(key("many/" + i + "/x"), body("1")));
    }
    created.forEach(this::stored);
    assertThat(listFolders("many/")).hasSize(folders).hasSameElementsAs(expected);
  }

  private List<String> listFolders(String name) {
    List<String> all = new ArrayList<>();
    String continuation = null;
    do {
      FolderPage page = await(store.listFolders(key(name), continuation));
      all.addAll(page.folders());
      continuation = page.continuation();
    } while (continuation != null);
    return all;
  }

  @Test
  void listingsDuringWritesShowNothingButTheKeysThatAreWritten() {
    int keys = 150;
    AtomicBoolean done = new AtomicBoolean();
    Set<String> listed = ConcurrentHashMap.newKeySet();
    inParallel(
        4,
        thread -> {
          if (thread == 0) {
            while (!done.get()) {
              listAll("").forEach(object -> listed.add(object.key()));
            }
          } else if (thread == 1) {
            try {
              for (int i = 0; i < keys; i++) {
                ETag etag = create("w/" + i, "1".repeat(10_000));
                stored(store.putIfMatch(key("w/" + i), etag, body("2".repeat(10_000))));
              }
            } finally {
              done.set(true);
            }
          } else {
            for (int i = 0; !done.get(); i++) {
              create("d/" + thread + "/" + i, "3");
              await(store.delete(key("d/" + thread + "/" + i)));
            }
          }
        });
    assertThat(listed).allSatisfy(key -> assertThat(key).matches(prefix + "(w/\\d+|d/\\d/\\d+)"));
    Set<String> written = new HashSet<>();
    IntStream.range(0, keys).forEach(i -> written.add(key("w/" + i)));
    assertThat(listAll("w/")).extracting(ListPage.ListedObject::key).hasSameElementsAs(written);
  }

  private ETag create(String name, String body) {
    return stored(store.putIfAbsent(key(name), body(body)));
  }

  private List<ListPage.ListedObject> listAll(String name) {
    List<ListPage.ListedObject> all = new ArrayList<>();
    String continuation = null;
    do {
      ListPage page = await(store.list(key(name), continuation));
      all.addAll(page.objects());
      continuation = page.continuation();
    } while (continuation != null);
    return all;
  }

  private String key(String name) {
    return prefix + name;
  }

  private ETag stored(CompletableFuture<PutOutcome> future) {
    PutOutcome outcome = await(future);
    assertThat(outcome).isInstanceOf(PutOutcome.Stored.class);
    return ((PutOutcome.Stored) outcome).etag();
  }

  private static GetOutcome.Found found(CompletableFuture<GetOutcome> future) {
    GetOutcome outcome = await(future);
    assertThat(outcome).isInstanceOf(GetOutcome.Found.class);
    return (GetOutcome.Found) outcome;
  }

  private static ByteBuffer body(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static String text(ByteBuffer body) {
    return UTF_8.decode(body.duplicate()).toString();
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  private static void inParallel(int threads, Work work) {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        tasks.add(
            () -> {
              work.run(thread);
              return null;
            });
      }
      for (Future<Void> task : executor.invokeAll(tasks)) {
        task.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      executor.shutdownNow();
    }
  }
}
