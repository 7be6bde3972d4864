package io.raftless.bench.connect;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Size;
import io.raftless.bench.Stage;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Target;
import io.raftless.bench.kafka.LogFilling;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * From a log to a topic, next to a file. In each round logs and a file are lengthened while their
 * connectors are stopped, so that none of them reads ahead, and then one after the other is let go
 * on. The start of the task is part of the time, of both.
 */
public final class ConnectSource implements Experiment {
  private static final String OURS = "Raftless source, not compressed";
  private static final String USUAL = "Raftless source, zstd (the default)";
  private static final String FILES = "FileStreamSource";
  private static final String FROM_LOG = "from-log";
  private static final String FROM_SMALL_LOG = "from-small-log";
  private static final String FROM_FILE = "from-file";
  private static final double GOAL = 1.0;
  private static final long FIRST_RECORDS = 1_000;

  @Override
  public String name() {
    return "connect-source";
  }

  @Override
  public String question() {
    return "How fast does one task of a Connect source bring records of 1 KiB to a topic?";
  }

  @Override
  public int warmUps(Size size) {
    return ConnectStage.warmUps(size);
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    ConnectStage connect = ConnectStage.start(stage);
    long records = stage.size().pick(30_000L, 200_000L, 1_000_000L);
    Side ofLog = sideOfLog(stage, connect, FROM_LOG, LogFilling.NOT_COMPRESSED);
    Side ofSmallLog = sideOfLog(stage, connect, FROM_SMALL_LOG, WriterOptions.defaults());
    Path file = Files.createFile(connect.file("input.txt"));
    Side ofFile = new Side(connect, FROM_FILE, count -> append(file, count, connect), () -> {});
    ofFile.start(
        ConnectStage.files(
            Map.of(
                "connector.class",
                "org.apache.kafka.connect.file.FileStreamSourceConnector",
                "file",
                file.toString(),
                "topic",
                FROM_FILE)));
    return new Contest(
        List.of(
            Contestant.of(OURS, round -> ofLog.measure(records)),
            Contestant.of(USUAL, round -> ofSmallLog.measure(records)),
            Contestant.of(FILES, round -> ofFile.measure(records))),
        List.of(
            Target.atLeast(
                OURS + ", against FileStreamSource", Metric.THROUGHPUT, OURS, FILES, GOAL),
            Target.atLeast(
                USUAL + ", against FileStreamSource", Metric.THROUGHPUT, USUAL, FILES, GOAL)));
  }

  /** A log that is called like its connector, and the connector. */
  private static Side sideOfLog(
      Stage stage, ConnectStage connect, String name, WriterOptions options) throws Exception {
    RaftlessLog log =
        stage.add(
            RaftlessLog.create(connect.store(), ConnectStage.log(name), LogFilling.PARTITIONS));
    Side side =
        new Side(
            connect,
            name,
            count -> LogFilling.fill(log, count, ConnectStage.BYTES, connect.payloads(), options),
            () -> StoredObjects.deleteBatches(connect.store(), ConnectStage.log(name)));
    side.start(
        connect.ours(
            Map.of(
                "connector.class", "io.raftless.connect.RaftlessSourceConnector",
                "logs", name,
                "topic.format", name)));
    return side;
  }

  private static void append(Path file, long count, ConnectStage connect) throws IOException {
    try (OutputStream out =
        new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.APPEND))) {
      for (long n = 0; n < count; n++) {
        out.write(connect.payloads().next());
        out.write('\n');
      }
    }
  }

  /** One of them, with a topic that is called like its connector. */
  private static final class Side {
    private final ConnectStage connect;
    private final String name;
    private final Filling filling;
    private final Runnable emptying;
    private long filled;

    /**
     * One of them.
     *
     * @param emptying removes what was read, where it would be in the way
     */
    Side(ConnectStage connect, String name, Filling filling, Runnable emptying) {
      this.connect = connect;
      this.name = name;
      this.filling = filling;
      this.emptying = emptying;
    }

    void start(Map<String, String> options) throws Exception {
      connect.broker().create(name, LogFilling.PARTITIONS);
      fill(FIRST_RECORDS);
      connect.start(name, options);
      connect.awaitAll(name, () -> connect.end(name), filled);
      stop();
    }

    Sample measure(long records) throws Exception {
      fill(records);
      Sample sample = connect.resume(name, records, () -> connect.end(name), filled);
      stop();
      emptying.run();
      return sample;
    }

    private void fill(long records) throws Exception {
      filling.fill(records);
      filled += records;
    }

    private void stop() throws InterruptedException {
      connect.rest().stop(name);
      connect.rest().awaitState(name, "STOPPED");
    }
  }

  private interface Filling {
    void fill(long records) throws Exception;
  }
}
