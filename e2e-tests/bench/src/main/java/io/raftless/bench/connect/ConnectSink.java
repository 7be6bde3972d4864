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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * From a topic to a log, next to a file. Both connectors are there all the time, with their
 * consumers; in each round the same records are produced while both are paused, and then one after
 * the other is let go on.
 */
public final class ConnectSink implements Experiment {
  private static final String OURS = "Raftless sink, not compressed";
  private static final String USUAL = "Raftless sink with its defaults (zstd)";
  private static final String FILES = "FileStreamSink";
  private static final String TOPIC = "input";
  private static final String TO_LOG = "to-log";
  private static final String TO_SMALL_LOG = "to-small-log";
  private static final String TO_FILE = "to-file";
  private static final double GOAL = 1.0;
  private static final long FIRST_RECORDS = 1_000;

  /** What the connector for files may keep in memory until Connect commits: no part of its time. */
  private static final long FILE_BUFFERS = 32 << 10;

  @Override
  public String name() {
    return "connect-sink";
  }

  @Override
  public String question() {
    return "How fast does one task of a Connect sink take records of 1 KiB from a topic?";
  }

  @Override
  public int warmUps(Size size) {
    return ConnectStage.warmUps(size);
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    Sides sides = new Sides(stage);
    return new Contest(
        List.of(
            Contestant.of(OURS, sides::log),
            Contestant.of(USUAL, sides::smallLog),
            Contestant.of(FILES, sides::file)),
        List.of(
            Target.atLeast(OURS + ", against FileStreamSink", Metric.THROUGHPUT, OURS, FILES, GOAL),
            Target.atLeast(
                USUAL + " against FileStreamSink", Metric.THROUGHPUT, USUAL, FILES, GOAL)));
  }

  /** All of them, which read the same topic. */
  private static final class Sides {
    private final ConnectStage connect;
    private final RaftlessLog log;
    private final RaftlessLog smallLog;
    private final Path file;
    private final long records;
    private int filledRound = Integer.MIN_VALUE;
    private long produced;

    Sides(Stage stage) throws Exception {
      connect = ConnectStage.start(stage);
      records = stage.size().pick(30_000L, 300_000L, 1_000_000L);
      connect.broker().create(TOPIC, LogFilling.PARTITIONS);
      log = startLog(stage, TO_LOG, Map.of("compression", "none"));
      smallLog = startLog(stage, TO_SMALL_LOG, Map.of());
      file = Files.createFile(connect.file("output.txt"));
      connect.start(
          TO_FILE,
          ConnectStage.files(
              Map.of(
                  "connector.class",
                  "org.apache.kafka.connect.file.FileStreamSinkConnector",
                  "topics",
                  TOPIC,
                  "file",
                  file.toString())));
      produce(FIRST_RECORDS);
      connect.awaitAll(TO_LOG, () -> ConnectStage.end(log), produced);
      connect.awaitAll(TO_SMALL_LOG, () -> ConnectStage.end(smallLog), produced);
      connect.awaitAll(TO_FILE, this::fileSize, sizeOf(FIRST_RECORDS));
      pause(TO_LOG);
      pause(TO_SMALL_LOG);
      pause(TO_FILE);
      truncate();
    }

    /** Starts a connector, and makes the log that it writes to, which has its name. */
    private RaftlessLog startLog(Stage stage, String name, Map<String, String> more)
        throws Exception {
      RaftlessLog made =
          stage.add(
              RaftlessLog.create(connect.store(), ConnectStage.log(name), LogFilling.PARTITIONS));
      Map<String, String> options = new TreeMap<>(more);
      options.put("connector.class", "io.raftless.connect.RaftlessSinkConnector");
      options.put("topics", TOPIC);
      options.put("topic.to.log", TOPIC + ":" + name);
      options.put("kafka.bootstrap.servers", connect.broker().address());
      // Or the last records of a round would wait for 5 s.
      options.put("flush.linger.ms", "100");
      connect.start(name, connect.ours(options));
      return made;
    }

    private void produce(long count) {
      connect.produce(TOPIC, count);
      produced += count;
    }

    private void pause(String connector) throws InterruptedException {
      connect.rest().pause(connector);
      connect.rest().awaitState(connector, "PAUSED");
    }

    private void fillOnce(int round) {
      if (round != filledRound) {
        produce(records);
        filledRound = round;
      }
    }

    Sample log(int round) throws InterruptedException {
      return log(round, TO_LOG, log);
    }

    Sample smallLog(int round) throws InterruptedException {
      return log(round, TO_SMALL_LOG, smallLog);
    }

    private Sample log(int round, String connector, RaftlessLog target)
        throws InterruptedException {
      fillOnce(round);
      Sample sample = connect.resume(connector, records, () -> ConnectStage.end(target), produced);
      pause(connector);
      StoredObjects.deleteBatches(connect.store(), ConnectStage.log(connector));
      return sample;
    }

    Sample file(int round) throws InterruptedException {
      fillOnce(round);
      Sample sample = connect.resume(TO_FILE, records, this::fileSize, sizeOf(records));
      pause(TO_FILE);
      truncate();
      return sample;
    }

    private static long sizeOf(long count) {
      return count * (ConnectStage.BYTES + 1) - FILE_BUFFERS;
    }

    private long fileSize() {
      try {
        return Files.size(file);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot look at " + file, e);
      }
    }

    /** The connector appends, wherever the end is. */
    private void truncate() {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(0);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot empty " + file, e);
      }
    }
  }
}
