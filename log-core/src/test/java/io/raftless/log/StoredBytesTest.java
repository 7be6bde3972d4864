package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a reader says of the bytes that it has not read. */
@Timeout(60)
class StoredBytesTest {
  private static final LogId ID = LogId.of("test", "log");
  private static final int BATCHES = 300;

  private final ObjectStore store = new MemoryObjectStore();
  private RaftlessLog log;

  @BeforeEach
  void create() throws Exception {
    log = RaftlessLog.create(store, ID, 1);
    WriterOptions options =
        WriterOptions.defaults().withInlineBytes(0).withCompression(Compression.NONE);
    try (LogWriter writer = log.newWriter(options)) {
      for (int i = 0; i < BATCHES; i++) {
        // Two records each, so that an offset can be in the middle of a batch.
        List<LogRecord> batch = List.of(LogRecord.of(null, new byte[500 + i], 1), record());
        var unused = writer.append(0, batch, AppendConditions.NONE).join();
      }
    }
  }

  private static LogRecord record() {
    return LogRecord.of(null, new byte[500], 1);
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private long objectsBelow(String folder) {
    long bytes = 0;
    List<ListPage.ListedObject> all = new ArrayList<>();
    String root = "test/log/" + log.incarnation();
    for (ListPage page = store.list(root, null).join(); page != null; ) {
      all.addAll(page.objects());
      page = page.continuation() == null ? null : store.list(root, page.continuation()).join();
    }
    for (ListPage.ListedObject object : all) {
      if (object.key().contains(folder)) {
        bytes += object.size();
      }
    }
    return bytes;
  }

  /** After everything was read, so that the head was looked at. */
  private StoredBytes seen() throws Exception {
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      while (reader.position(0).orElse(0) < 2 * BATCHES) {
        var unused = reader.poll(Duration.ofSeconds(10)).orElseThrow();
      }
      return reader.storedBytes(0).orElseThrow();
    }
  }

  @Test
  void theWholeIsWhatTheBatchesTakeInTheStoreAndWhatWasReadCountsNoMore() throws Exception {
    StoredBytes stored = seen();

    // Objects have a little more than the batches in them.
    long objects = objectsBelow("/wal/");
    assertThat(stored.between(0, 2 * BATCHES)).isBetween(objects - 100L * BATCHES, objects);
    assertThat(stored.between(2 * BATCHES, Long.MAX_VALUE)).isZero();
    assertThat(stored.endOffset()).isEqualTo(2L * BATCHES);
  }

  @Test
  void thePartsAddUpToTheWholeWhereverItIsCut() throws Exception {
    StoredBytes stored = seen();
    long whole = stored.between(0, Long.MAX_VALUE);
    long before = whole;
    for (long cut = 0; cut <= 2 * BATCHES; cut++) {
      long behind = stored.between(cut, Long.MAX_VALUE);
      assertThat(behind + stored.between(0, cut)).isBetween(whole - 2, whole + 2);
      assertThat(behind).isLessThanOrEqualTo(before);
      before = behind;
    }
  }

  @Test
  void trimmedAndCompactedRecordsCountAsTheyAreStored() throws Exception {
    var report = log.compact(0, CompactionOptions.defaults().forced());
    assertThat(report).isNotNull();
    var trimmed = log.trim(0, BATCHES).join();
    assertThat(trimmed).isEqualTo(BATCHES);
    StoredBytes stored;
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, BATCHES);
      var unused = reader.poll(Duration.ofSeconds(10)).orElseThrow();
      stored = reader.storedBytes(0).orElseThrow();
    }
    assertThat(stored.between(0, BATCHES)).isZero();
    assertThat(stored.between(0, Long.MAX_VALUE)).isPositive();
    assertThat(stored.between(0, Long.MAX_VALUE)).isLessThanOrEqualTo(objectsBelow("/segment/"));
  }
}
