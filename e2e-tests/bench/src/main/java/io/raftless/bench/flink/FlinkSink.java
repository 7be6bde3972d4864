package io.raftless.bench.flink;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.format.Compression;
import io.raftless.log.StagerOptions;
import io.raftless.store.s3.ChecksumMode;
import io.raftless.store.s3.S3Settings;
import java.util.List;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;

/** Writing from Flink, exactly once, next to files on the same store and to Kafka. */
public final class FlinkSink implements Experiment {
  private static final String OURS = "RaftlessSink, not compressed";
  private static final String SIGNED_BY_CRC = "RaftlessSink, not compressed, signed by CRC-32";
  private static final String USUAL = "RaftlessSink with its defaults (zstd)";
  private static final String FILES = "FileSink";
  private static final String KAFKA = "KafkaSink";
  private static final double GOAL_FILES = 0.95;
  private static final double GOAL_KAFKA = 1.0;

  @Override
  public String name() {
    return "flink-sink";
  }

  @Override
  public String question() {
    return "How fast does a Flink job write records of 1 KiB exactly once, with a checkpoint every"
        + " second, until all are committed?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    FlinkStage flink = FlinkStage.start(stage);
    long records = stage.size().pick(50_000L, 400_000L, 1_500_000L);
    StagerOptions usual = StagerOptions.defaults();
    StagerOptions notCompressed = usual.withCompression(Compression.NONE);
    S3Settings settings = flink.settings();
    S3Settings crc =
        Stage.settings(flink.server()).checksumMode(ChecksumMode.CRC_INSTEAD_OF_SHA256).build();
    return new Contest(
        List.of(
            Contestant.of(OURS, round -> log(flink, settings, records, notCompressed)),
            Contestant.of(SIGNED_BY_CRC, round -> log(flink, crc, records, notCompressed)),
            Contestant.of(USUAL, round -> log(flink, settings, records, usual)),
            Contestant.of(FILES, round -> files(flink, records)),
            Contestant.of(KAFKA, round -> topic(flink, records))),
        List.of(
            Target.atLeast(OURS + ", against FileSink", Metric.RECORDS, OURS, FILES, GOAL_FILES),
            Target.atLeast(OURS + ", against KafkaSink", Metric.RECORDS, OURS, KAFKA, GOAL_KAFKA),
            Target.atLeast(
                SIGNED_BY_CRC + ", against KafkaSink",
                Metric.RECORDS,
                SIGNED_BY_CRC,
                KAFKA,
                GOAL_KAFKA),
            Target.atLeast(USUAL + " against FileSink", Metric.RECORDS, USUAL, FILES, GOAL_FILES),
            Target.atLeast(
                USUAL + " against KafkaSink", Metric.RECORDS, USUAL, KAFKA, GOAL_KAFKA)));
  }

  private static Sample log(
      FlinkStage flink, S3Settings settings, long records, StagerOptions options) throws Exception {
    try {
      return FlinkStage.sample(records, flink.writeLog("log", settings, records, options));
    } finally {
      flink.delete("log");
    }
  }

  private static Sample files(FlinkStage flink, long records) throws Exception {
    try {
      // With each checkpoint, so that all that is before it can be read after it, as of the others.
      return FlinkStage.sample(
          records, flink.writeFiles("files", records, OnCheckpointRollingPolicy.build()));
    } finally {
      flink.delete("files");
    }
  }

  private static Sample topic(FlinkStage flink, long records) throws Exception {
    // A new one each time: transactions of an earlier job are none of this one's business.
    String topic = "topic-" + System.nanoTime();
    try {
      return FlinkStage.sample(records, flink.writeTopic(topic, records));
    } finally {
      flink.broker().delete(topic);
    }
  }
}
