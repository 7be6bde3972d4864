package io.raftless.connectjar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Writes and reads a log. The tests load this class in the plugin's class loader, where there is no
 * other implementation of what it calls; so it is called by reflection, with types of the JDK only.
 */
public final class RoundTrip {
  private static final int RECORDS = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private RoundTrip() {}

  /**
   * Appends numbered records and reads them.
   *
   * @param settings endpoint, region, bucket, key, secret
   * @return what was read
   */
  public static List<String> run(String compression, Map<String, String> settings)
      throws Exception {
    S3Settings s3 =
        S3Settings.builder(required(settings, "bucket"))
            .endpoint(URI.create(required(settings, "endpoint")))
            .region(required(settings, "region"))
            .credentials(required(settings, "key"), required(settings, "secret"))
            .build();
    LogId id = LogId.of("", "plugin-" + compression);
    WriterOptions options =
        WriterOptions.defaults().withCompression(Compression.valueOf(compression));
    try (ObjectStore store = s3.open();
        RaftlessLog log = RaftlessLog.create(store, id, 1)) {
      try (LogWriter writer = log.newWriter(options)) {
        List<CompletableFuture<Long>> offsets = new ArrayList<>();
        for (int number = 0; number < RECORDS; number++) {
          byte[] value = ("record " + number).getBytes(UTF_8);
          offsets.add(writer.append(0, LogRecord.of(null, value, number)));
        }
        CompletableFuture.allOf(offsets.toArray(CompletableFuture<?>[]::new)).join();
      }
      return read(log);
    }
  }

  private static List<String> read(RaftlessLog log) throws Exception {
    List<String> values = new ArrayList<>();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      while (values.size() < RECORDS) {
        ReadBatch batch = reader.poll(PATIENCE).orElseThrow();
        for (LogRecord record : batch.records()) {
          values.add(new String(Objects.requireNonNull(record.value()), UTF_8));
        }
      }
    }
    return values;
  }

  private static String required(Map<String, String> settings, String name) {
    return Objects.requireNonNull(settings.get(name), name);
  }
}
